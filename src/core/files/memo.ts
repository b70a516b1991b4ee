/** A function of a text whose answers are kept. For few texts that come again and again: nothing is ever let go of. */
export function memo<T>(make: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined || kept.has(text)) return known as T;
    const made = make(text);
    kept.set(text, made);
    return made;
  };
}
