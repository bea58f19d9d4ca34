// What was asked of a service, as it came: what calls at gateways and requests at replicas have in common.

@unmanaged
export class Asked {
  id: f64;
  at: f64; // µs
  service: i32;
  serviceClass: i32;
  tenant: i32; // from 1 on; 0 = nobody in particular
  session: i32;
  prompt: i32;
  output: i32;
  origin: i32;
  content: i32; // 0 = of its own
  prefix: i32; // its list of blocks; 0 = none
  items: i32; // pictures and sounds
  weights: i32; // set of weights that it needs; 0 = the replica's own
}

const row: usize = memory.data(96, 8);

/** Room for one that has just arrived; whoever opens a call or a request copies it. */
@inline export function arriving(): Asked { return changetype<Asked>(row); }
