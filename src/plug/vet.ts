// Reads a user's policy before it is compiled: it may do arithmetic, call its own functions and read features, and nothing
// else. What is not on a list here is refused by name, so that a policy cannot reach memory, the host or another policy.

import * as as from "assemblyscript";
import { WindtunnelError } from "../model/errors.js";
import { FEATURES, FEATURES_OF, type PolicyFunction } from "../model/features.js";
import { FLAG, KIND, LITERAL } from "./syntax.js";

export interface VettedPolicy {
  /** What it exports of score, device and order. */
  exports: Set<PolicyFunction>;
  /** `export const skips = true`: who does not fit is passed over. */
  skips: boolean;
  /** Its order reads a feature of the cluster, and so has to be made anew at every pass. */
  changesWithTime: boolean;
  /** Source with every loop counted; lines are those of the file. */
  counted: string;
}

const MATH = new Set([
  "abs",
  "ceil",
  "cos",
  "exp",
  "floor",
  "log",
  "max",
  "min",
  "pow",
  "round",
  "sign",
  "sin",
  "sqrt",
  "trunc",
]);
const BUILTINS = new Set(["abs", "ceil", "floor", "isFinite", "isNaN", "max", "min", "select", "sqrt", "trunc"]);
const TYPES = new Set(["bool", "boolean", "f32", "f64", "i32", "i64", "number", "u32", "u64", "void"]);
const VALUES = new Set(["Infinity", "NaN"]);

/** Statements and expressions that need no further look than at their parts. */
const PLAIN = new Set<number>([
  KIND.Binary,
  KIND.Comma,
  KIND.False,
  KIND.Omitted,
  KIND.Parenthesized,
  KIND.Ternary,
  KIND.True,
  KIND.UnaryPostfix,
  KIND.UnaryPrefix,
  KIND.Block,
  KIND.Break,
  KIND.Continue,
  KIND.Do,
  KIND.Empty,
  KIND.Expression,
  KIND.For,
  KIND.If,
  KIND.Return,
  KIND.Switch,
  KIND.SwitchCase,
  KIND.While,
  KIND.Variable,
]);
const LOOPS = new Set<number>([KIND.Do, KIND.For, KIND.While]);
const IN_WORDS: Record<number, string> = {
  [KIND.New]: "objects",
  [KIND.ElementAccess]: "arrays",
  [KIND.Function]: "functions inside functions",
  [KIND.ClassDeclaration]: "classes",
  [KIND.Throw]: "exceptions",
  [KIND.Try]: "exceptions",
  [KIND.ForOf]: "loops over collections",
  [KIND.Literal]: "strings, arrays, objects and templates",
  [KIND.Decorator]: "decorators",
};

type Node = as.Node;

/** @throws WindtunnelError POLICY_REFUSED with file, line, what stands there and what may. */
export function vetPolicy(text: string, file: string): VettedPolicy {
  return new Vetting(text, file).vet();
}

class Vetting {
  readonly #functions = new Map<string, as.FunctionDeclaration>();
  readonly #constants = new Set<string>();
  readonly #imports = new Map<string, (typeof FEATURES)[number]>();
  /** Features and functions that a function calls. */
  readonly #calls = new Map<string, Set<string>>();
  readonly #edits: { at: number; text: string }[] = [];
  readonly #exports = new Set<PolicyFunction>();
  #skips = false;

  constructor(
    readonly text: string,
    readonly file: string,
  ) {}

  vet(): VettedPolicy {
    const statements = this.#parse();
    for (const statement of statements) this.#declare(statement);
    for (const [name, declaration] of this.#functions) this.#body(name, declaration);
    this.#checkCalls();
    if (this.#exports.size === 0) {
      throw this.#refuse(
        undefined,
        "it exports neither score nor order",
        "Export `score(): f64` (a placement) or `order(): f64` (a queue policy), or both.",
      );
    }
    if (this.#exports.has("device") && !this.#exports.has("score")) {
      throw this.#refuse(
        undefined,
        "it exports device, but no score",
        "`device(d: i32): f64` chooses among the devices of the node that `score` chose.",
      );
    }
    const order = this.#exports.has("order") ? this.#reachable("order") : new Set<string>();
    return {
      exports: this.#exports,
      skips: this.#skips,
      changesWithTime: [...order].some((name) => this.#imports.get(name)?.kind === "cluster"),
      counted: this.#edited(),
    };
  }

  #parse(): Node[] {
    const program = as.newProgram(as.newOptions());
    as.parse(program, this.text, "policy.ts", true);
    for (let d = as.nextDiagnostic(program); d; d = as.nextDiagnostic(program)) {
      if (!as.isError(d)) continue;
      throw this.#refuse(d.range ?? undefined, d.message.replace(/\.$/, ""), "Correct the line.");
    }
    return program.sources.find((source) => source.normalizedPath === "policy.ts")!.statements;
  }

  #declare(statement: Node): void {
    if (statement.kind === KIND.Import) this.#import(statement as as.ImportStatement);
    else if (statement.kind === KIND.FunctionDeclaration) this.#function(statement as as.FunctionDeclaration);
    else if (statement.kind === KIND.Variable) this.#constant(statement as as.VariableStatement);
    else this.#outside(statement);
  }

  #outside(statement: Node): never {
    throw this.#refuse(
      statement.range,
      "this cannot stand outside of a function",
      "Outside of functions there may be imports of features and constants.",
    );
  }

  #import(statement: as.ImportStatement): void {
    if (statement.path.value !== "features" || !statement.declarations) {
      throw this.#refuse(
        statement.range,
        `it imports ${statement.path.value}`,
        'A policy may import only features, by name: import { gpuMilli } from "features".',
      );
    }
    for (const { name, foreignName } of statement.declarations) {
      const feature = FEATURES.find((f) => f.name === foreignName.text);
      if (!feature)
        throw this.#refuse(
          foreignName.range,
          `there is no feature "${foreignName.text}"`,
          "See `windtunnel policies --features`.",
        );
      this.#imports.set(name.text, feature);
    }
    const { range } = statement.path;
    this.#edits.push({ at: range.start + 1, text: "./" });
  }

  #function(declaration: as.FunctionDeclaration): void {
    const name = declaration.name.text;
    this.#mayDeclare(declaration.name);
    if (declaration.decorators)
      throw this.#refuse(declaration.decorators[0]!.range, "decorators are not for policies", "Leave it out.");
    if (declaration.typeParameters || !declaration.body)
      throw this.#refuse(declaration.range, `${name} is generic or has no body`, "Write a plain function.");
    this.#functions.set(name, declaration);
    if ((declaration.flags & FLAG.Export) === 0) return;
    if (!(name in FEATURES_OF))
      throw this.#refuse(
        declaration.name.range,
        `it exports ${name}`,
        "The functions of a policy are score, device and order.",
      );
    const wanted = name === "device" ? 1 : 0;
    const returns = typeName(declaration.signature.returnType);
    if (declaration.signature.parameters.length !== wanted || (returns !== "f64" && returns !== "number")) {
      throw this.#refuse(
        declaration.range,
        `${name} must be \`${name}(${wanted ? "d: i32" : ""}): f64\``,
        "Features are read by importing them, not passed.",
      );
    }
    this.#exports.add(name as PolicyFunction);
  }

  #constant(statement: as.VariableStatement): void {
    for (const declaration of statement.declarations) {
      if ((declaration.flags & FLAG.Const) === 0) {
        throw this.#refuse(
          declaration.range,
          `${declaration.name.text} can change`,
          "A policy keeps no state between answers: use const, or a variable inside a function.",
        );
      }
      this.#mayDeclare(declaration.name);
      this.#constants.add(declaration.name.text);
      if (declaration.type) this.#type(declaration.type);
      if (declaration.initializer) this.#visit(declaration.initializer, "", new Set(), 0);
      if ((declaration.flags & FLAG.Export) === 0) continue;
      if (declaration.name.text !== "skips")
        throw this.#refuse(
          declaration.range,
          `it exports ${declaration.name.text}`,
          "The only constant of a policy that the engine reads is skips.",
        );
      this.#skips = declaration.initializer?.kind === KIND.True;
    }
  }

  #mayDeclare(name: as.IdentifierExpression): void {
    if (name.text.startsWith("__"))
      throw this.#refuse(name.range, `names that begin with __ are the engine's`, "Give it another name.");
    const taken = this.#functions.has(name.text) || this.#constants.has(name.text) || this.#imports.has(name.text);
    if (taken) throw this.#refuse(name.range, `${name.text} is declared twice`, "Give one of the two another name.");
  }

  #body(name: string, declaration: as.FunctionDeclaration): void {
    this.#calls.set(name, new Set());
    const locals = new Set(declaration.signature.parameters.map((p) => p.name.text));
    for (const p of declaration.signature.parameters) this.#type(p.type);
    this.#type(declaration.signature.returnType);
    this.#visit(declaration.body!, name, locals, 0);
  }

  #visit(node: Node, inFunction: string, locals: Set<string>, depth: number): void {
    if (depth > 200) throw this.#refuse(node.range, "this is nested too deeply", "Split it up.");
    const below = (part: Node) => this.#visit(part, inFunction, locals, depth + 1);
    if (LOOPS.has(node.kind)) this.#count((node as as.ForStatement).body);
    if (node.kind === KIND.Literal) {
      const { literalKind } = node as as.LiteralExpression;
      if (literalKind === LITERAL.Integer || literalKind === LITERAL.Float) return;
    } else if (node.kind === KIND.Identifier) {
      this.#identifier(node as as.IdentifierExpression, locals);
      return;
    } else if (node.kind === KIND.Call) {
      const call = node as as.CallExpression;
      this.#callee(call, inFunction);
      call.args.forEach(below);
      return;
    } else if (node.kind === KIND.Assertion) {
      const { expression, toType } = node as as.AssertionExpression;
      if (!toType) throw this.#refuse(node.range, "this assertion names no type", "Write `<f64>x`.");
      this.#type(toType);
      below(expression);
      return;
    } else if (node.kind === KIND.VariableDeclaration) {
      const declaration = node as as.VariableDeclaration;
      this.#mayDeclare(declaration.name);
      locals.add(declaration.name.text);
      if (declaration.type) this.#type(declaration.type);
      if (declaration.initializer) below(declaration.initializer);
      return;
    } else if (PLAIN.has(node.kind)) {
      partsOf(node).forEach(below);
      return;
    }
    throw this.#refuse(
      node.range,
      `a policy has no ${IN_WORDS[node.kind] ?? "such thing"}`,
      "It computes with numbers, features and functions of its own.",
    );
  }

  #identifier({ text, range }: as.IdentifierExpression, locals: ReadonlySet<string>): void {
    if (locals.has(text) || this.#constants.has(text) || VALUES.has(text)) return;
    throw this.#refuse(range, `"${text}" is not known here`, "Use features, constants and variables of this file.");
  }

  #callee({ expression, typeArguments, range }: as.CallExpression, inFunction: string): void {
    if (typeArguments) throw this.#refuse(range, "a call with type arguments", "Leave them out.");
    if (expression.kind === KIND.Identifier) {
      const { text } = expression as as.IdentifierExpression;
      if (this.#functions.has(text) || this.#imports.has(text)) {
        this.#calls.get(inFunction)?.add(text);
        return;
      }
      if (BUILTINS.has(text) || TYPES.has(text)) return;
    } else if (expression.kind === KIND.PropertyAccess) {
      const { expression: of, property } = expression as as.PropertyAccessExpression;
      const isMath = of.kind === KIND.Identifier && (of as as.IdentifierExpression).text === "Math";
      if (isMath && MATH.has(property.text)) return;
    }
    const { start, end } = expression.range;
    throw this.#refuse(
      range,
      `"${this.text.slice(start, end)}" cannot be called`,
      `A policy may call features that it imports, its own functions, ${[...BUILTINS].join(", ")} and Math.${[...MATH].join(", Math.")}.`,
    );
  }

  #type(type: as.TypeNode): void {
    const name = typeName(type);
    if (name !== undefined && TYPES.has(name)) return;
    throw this.#refuse(
      type.range,
      `the type ${this.text.slice(type.range.start, type.range.end) || "is missing"}`,
      `Types of a policy are ${[...TYPES].join(", ")}.`,
    );
  }

  /** Steps are counted in every turn of a loop. */
  #count(body: Node): void {
    if (body.kind === KIND.Block) {
      this.#edits.push({ at: body.range.start + 1, text: "__step();" });
    } else {
      this.#edits.push({ at: body.range.start, text: "{__step();" }, { at: body.range.end, text: ";}" });
    }
  }

  #reachable(name: string, path: readonly string[] = []): Set<string> {
    if (path.includes(name)) {
      throw this.#refuse(
        this.#functions.get(name)!.name.range,
        `${name} calls itself (${[...path, name].join(" → ")})`,
        "Use a loop: the depth of calls must be known.",
      );
    }
    const out = new Set([name]);
    for (const called of this.#calls.get(name) ?? [])
      for (const other of this.#reachable(called, [...path, name])) out.add(other);
    return out;
  }

  #checkCalls(): void {
    for (const name of this.#functions.keys()) this.#reachable(name);
    for (const name of this.#exports) {
      for (const called of this.#reachable(name)) {
        const feature = this.#imports.get(called);
        const allowed: readonly string[] = FEATURES_OF[name];
        if (!feature || allowed.includes(feature.kind)) continue;
        throw this.#refuse(
          this.#functions.get(name)!.name.range,
          `${name} reads ${feature.name}, a feature of a ${feature.kind}`,
          `It may read features of: ${allowed.join(", ")}.`,
        );
      }
    }
  }

  #edited(): string {
    let out = this.text;
    for (const { at, text } of this.#edits.sort((a, b) => b.at - a.at)) out = out.slice(0, at) + text + out.slice(at);
    return `import { step as __step } from "./features"; ${out}`;
  }

  #refuse(range: as.Range | undefined, what: string, hint: string): WindtunnelError {
    const line = range ? `:${this.text.slice(0, range.start).split("\n").length}` : "";
    return new WindtunnelError("POLICY_REFUSED", `${this.file}${line}: ${what}.`, hint);
  }
}

function typeName(type: as.TypeNode): string | undefined {
  if (type.kind !== KIND.NamedType) return undefined;
  const { name, typeArguments } = type as as.NamedTypeNode;
  return name.next || typeArguments?.length ? undefined : name.identifier.text;
}

/** The nodes that a node consists of, in order. */
function partsOf(node: Node): Node[] {
  const out: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === "range" || key === "label") continue;
    for (const part of Array.isArray(value) ? value : [value])
      if (part && typeof part === "object" && "kind" in part) out.push(part as Node);
  }
  return out;
}
