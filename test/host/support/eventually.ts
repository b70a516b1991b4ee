/** Waits until a condition holds; throws with its name when it does not in time. */
export async function eventually(
  name: string,
  holds: () => boolean | Promise<boolean>,
  patienceMs = 10_000,
): Promise<void> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`This did not happen in ${patienceMs / 1000} s: ${name}`);
}
