import * as vscode from 'vscode';

type Message = 'showInformationMessage' | 'showWarningMessage' | 'showErrorMessage';

/** A message that was shown, with its buttons. */
export interface Shown {
  kind: Message;
  message: string;
  detail: string | undefined;
  modal: boolean;
  buttons: string[];
}

const restorers: (() => void)[] = [];

/** Puts everything back as it was; to be called after each test. */
export function restoreWindow(): void {
  for (const restore of restorers.splice(0).reverse()) restore();
}

/** Replaces one function of `vscode.window`. Extension and tests share that object. */
export function replace<K extends keyof typeof vscode.window>(name: K, value: unknown): void {
  const before = vscode.window[name];
  const set = (next: unknown) =>
    Object.defineProperty(vscode.window, name, { value: next, configurable: true, writable: true });
  set(value);
  restorers.push(() => set(before));
}

/** Collects every message instead of showing it, and answers each with the button that `answer` names. */
export function collectMessages(answer: (shown: Shown) => string | undefined = () => undefined): Shown[] {
  const all: Shown[] = [];
  for (const kind of ['showInformationMessage', 'showWarningMessage', 'showErrorMessage'] as const) {
    replace(kind, async (message: string, ...rest: (string | vscode.MessageOptions)[]) => {
      const options = rest.find((item) => typeof item === 'object');
      const buttons = rest.filter((item) => typeof item === 'string');
      const shown = { kind, message, detail: options?.detail, modal: options?.modal === true, buttons };
      all.push(shown);
      const button = answer(shown);
      if (button !== undefined && !buttons.includes(button))
        throw new Error(`no button ${button} in ${message}`);
      return button;
    });
  }
  return all;
}

/** Stands in for input boxes: each one that opens is handed to `use` once it is shown. */
export function fakeInputBoxes(use: (box: FakeInputBox) => void): FakeInputBox[] {
  const boxes: FakeInputBox[] = [];
  replace('createInputBox', () => {
    const box = new FakeInputBox(use);
    boxes.push(box);
    return box;
  });
  return boxes;
}

/** What an extension sees of an input box, and what a user can do with it. */
export class FakeInputBox {
  readonly #use: (box: FakeInputBox) => void;
  readonly #value = new vscode.EventEmitter<string>();
  readonly #accept = new vscode.EventEmitter<void>();
  readonly #hide = new vscode.EventEmitter<void>();
  readonly #button = new vscode.EventEmitter<vscode.QuickInputButton>();
  readonly onDidChangeValue = this.#value.event;
  readonly onDidAccept = this.#accept.event;
  readonly onDidHide = this.#hide.event;
  readonly onDidTriggerButton = this.#button.event;
  title: string | undefined;
  prompt: string | undefined;
  placeholder: string | undefined;
  step: number | undefined;
  totalSteps: number | undefined;
  password = false;
  ignoreFocusOut = false;
  value = '';
  validationMessage: string | vscode.InputBoxValidationMessage | undefined;
  buttons: vscode.QuickInputButton[] = [];
  open = false;

  constructor(use: (box: FakeInputBox) => void) {
    this.#use = use;
  }

  show(): void {
    this.open = true;
    setImmediate(() => this.#use(this));
  }

  hide(): void {
    if (!this.open) return;
    this.open = false;
    this.#hide.fire();
  }

  dispose(): void {
    this.hide();
  }

  type(value: string): void {
    this.value = value;
    this.#value.fire(value);
  }

  enter(): void {
    this.#accept.fire();
  }

  press(button: vscode.QuickInputButton): void {
    this.#button.fire(button);
  }
}

/** Answers every list with the first entry that `choose` agrees to, none where it agrees to none; collects the lists. */
export function answerPicks(
  choose: (entry: vscode.QuickPickItem & { value?: unknown }) => boolean,
): vscode.QuickPickItem[][] {
  const lists: vscode.QuickPickItem[][] = [];
  replace('showQuickPick', async (entries: vscode.QuickPickItem[]) => {
    lists.push(entries);
    return entries.find(choose);
  });
  return lists;
}

/** Answers every `createQuickPick` with the first entry that `choose` agrees to; `back` where it agrees to none. */
export function fakeQuickPicks(choose: (entry: vscode.QuickPickItem, title: string) => boolean): string[][] {
  const lists: string[][] = [];
  replace('createQuickPick', () => {
    const accepted = new vscode.EventEmitter<void>();
    const hidden = new vscode.EventEmitter<void>();
    const pressed = new vscode.EventEmitter<vscode.QuickInputButton>();
    const pick = {
      items: [] as vscode.QuickPickItem[],
      selectedItems: [] as vscode.QuickPickItem[],
      activeItems: [],
      placeholder: '',
      title: '',
      onDidAccept: accepted.event,
      onDidHide: hidden.event,
      onDidTriggerButton: pressed.event,
      dispose: () => {},
      hide: () => hidden.fire(),
      show: () =>
        setImmediate(() => {
          lists.push(pick.items.map(({ label }) => label));
          const chosen = pick.items.find((item) => choose(item, pick.placeholder));
          if (!chosen) return pressed.fire(vscode.QuickInputButtons.Back);
          pick.selectedItems = [chosen];
          return accepted.fire();
        }),
    };
    return pick;
  });
  return lists;
}
