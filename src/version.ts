declare const __VERSION__: string;

/** Of package.json, written in by the bundler. */
export const version = __VERSION__;
