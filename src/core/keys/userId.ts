/**
 * Whether OpenPGP.js takes an e-mail address into a user id: no blanks, brackets or control characters, and a domain of two
 * characters or more that ends in no dot.
 */
export function isEmailAddress(text: string): boolean {
  return /^[^\p{C}\p{Z}@<>()\\]+@[^\p{C}\p{Z}@<>()\\]+[^\p{C}\p{Z}\p{P}]$/u.test(text);
}

/** Whether a name or a comment would break `Name (comment) <mail>` apart. */
export function breaksUserId(text: string): boolean {
  return /[<>()\p{Cc}]/u.test(text);
}
