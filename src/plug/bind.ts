/** Name of the function through which a policy in TypeScript, stripped of its types, is given its features. */
export const BIND = "__bind";
