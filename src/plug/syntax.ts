// The compiler's numbers for kinds of syntax. It declares them as const enums, which a module cannot import by value.

import * as compiler from "assemblyscript";

type Numbers<Name extends string> = Readonly<Record<Name, number>>;

const values = compiler as unknown as { NodeKind: object; LiteralKind: object; CommonFlags: object };

export const KIND = values.NodeKind as Numbers<keyof typeof compiler.NodeKind>;
export const LITERAL = values.LiteralKind as Numbers<keyof typeof compiler.LiteralKind>;
export const FLAG = values.CommonFlags as Numbers<keyof typeof compiler.CommonFlags>;
