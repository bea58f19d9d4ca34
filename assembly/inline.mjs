// What the compiler is asked for beyond its own optimisation: larger functions are put into their callers. V8 does not
// inline WASM functions, so every call that is left costs at run time. Changes no result: floating point is not reordered.

/** Instructions up to which a function is copied into every caller; the compiler's own limit is 70, once it has optimised. */
const FLEXIBLE = 400;
/** The same for a function with one caller; its own limit is 200. */
const ONE_CALLER = 5000;

/** A transform of the AssemblyScript compiler, which sets `binaryen` and calls it before it optimises by itself. */
export default class Inline {
  afterCompile(module) {
    const { binaryen } = this;
    binaryen.setOptimizeLevel(3);
    binaryen.setShrinkLevel(0);
    binaryen.setFlexibleInlineMaxSize(FLEXIBLE);
    binaryen.setOneCallerInlineMaxSize(ONE_CALLER);
    binaryen.setAllowInliningFunctionsWithLoops(true);
    module.runPasses(["inlining-optimizing"]);
  }
}
