import * as vscode from 'vscode';

/** The user went one step back. */
export const back = Symbol('back');

/** A question of a sequence; it gets and fills what was answered so far. */
export type Step<State> = (state: State, place: Place) => Promise<typeof back | undefined>;

/** Where a question stands in its sequence. */
export interface Place {
  title: string;
  step: number;
  totalSteps: number;
}

/**
 * Asks one question after the other; Back returns to the one before with its answer kept. Where later questions depend on
 * earlier answers, `steps` tells them from these.
 * @throws CancellationError when the user leaves.
 */
export async function runSteps<State>(
  title: string,
  steps: readonly Step<State>[] | ((state: State) => readonly Step<State>[]),
  state: State,
): Promise<void> {
  const all = () => (typeof steps === 'function' ? steps(state) : steps);
  for (let index = 0; index < all().length; ) {
    const place = { title, step: index + 1, totalSteps: all().length };
    const answer = await all()[index]!(state, place);
    index += answer === back ? -1 : 1;
  }
}

export interface TextQuestion {
  prompt: string;
  placeholder?: string;
  value?: string;
  password?: boolean;
  /** What is to be said of an answer; as a `warning` or `info` it is let through. */
  check?(value: string): { message: string; warning?: boolean; info?: boolean } | undefined;
}

/** @throws CancellationError */
export function askText(question: TextQuestion, place: Place): Promise<string | typeof back> {
  const box = vscode.window.createInputBox();
  box.value = question.value ?? '';
  box.prompt = question.prompt;
  box.placeholder = question.placeholder;
  box.password = question.password ?? false;
  const severity = vscode.InputBoxValidationSeverity;
  const check = () => {
    const problem = question.check?.(box.value);
    box.validationMessage = problem && {
      message: problem.message,
      severity: problem.info ? severity.Info : problem.warning ? severity.Warning : severity.Error,
    };
    return problem === undefined || problem.warning === true || problem.info === true;
  };
  return put(box, place, (resolve) => {
    // Nobody is blamed before they have typed something.
    box.onDidChangeValue(check);
    box.onDidAccept(() => {
      if (check()) resolve(box.value);
    });
  });
}

export interface Choice<T> extends vscode.QuickPickItem {
  value: T;
}

/** @throws CancellationError */
export function askChoice<T>(
  placeholder: string,
  choices: readonly Choice<T>[],
  chosen: T | undefined,
  place: Place,
): Promise<T | typeof back> {
  const pick = vscode.window.createQuickPick<Choice<T>>();
  pick.items = choices;
  pick.placeholder = placeholder;
  pick.matchOnDescription = true;
  pick.activeItems = choices.filter(({ value }) => value === chosen);
  return put(pick, place, (resolve) => {
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (item) resolve(item.value);
    });
  });
}

/** What text boxes and lists have in common. */
type Input = Pick<
  vscode.InputBox,
  | 'title'
  | 'step'
  | 'totalSteps'
  | 'ignoreFocusOut'
  | 'buttons'
  | 'onDidTriggerButton'
  | 'onDidHide'
  | 'show'
  | 'dispose'
>;

function put<T>(
  input: Input,
  place: Place,
  listen: (resolve: (value: T) => void) => void,
): Promise<T | typeof back> {
  input.title = place.title;
  input.step = place.step;
  input.totalSteps = place.totalSteps;
  input.ignoreFocusOut = true;
  input.buttons = place.step > 1 ? [vscode.QuickInputButtons.Back] : [];
  return new Promise<T | typeof back>((resolve, reject) => {
    listen(resolve);
    input.onDidTriggerButton(() => resolve(back));
    input.onDidHide(() => reject(new vscode.CancellationError()));
    input.show();
  }).finally(() => input.dispose());
}
