// What the host tells the plant of services: how long iterations take on a replica, what fits into its memory, and the
// chunk of requests that will arrive. None of it is visible to a router.

import {
  CAP_PROFILES, CAP_REQUEST_INPUT, CAP_SERVE_CLASSES, CAP_TABLE, CAP_WEIGHTS, COL_CLASS_PRIORITY, COL_PROFILE_BATCH,
  COL_PROFILE_BLOCKS, COL_PROFILE_BLOCK_SHIFT, COL_PROFILE_CONTEXT, COL_PROFILE_FIELDS, COL_PROFILE_FIRST, COL_PROFILE_PAIRS,
  COL_PROFILE_PREFIX_SHIFT, COL_PROFILE_TOKENS, COL_PROFILE_WATERMARK, COL_REQUEST_AT, COL_REQUEST_CLASS, COL_REQUEST_CONTENT,
  COL_REQUEST_ITEMS, COL_REQUEST_ORIGIN, COL_REQUEST_OUTPUT, COL_REQUEST_PROMPT, COL_REQUEST_SERVICE, COL_REQUEST_SESSION,
  COL_REQUEST_TENANT, COL_REQUEST_WEIGHTS, COL_TABLE, PROFILE_FIELDS,
} from "../../abi";
import { column, f64At, getI } from "../../memory";

export let profileFirst: usize = 0;
export let profileTokens: usize = 0;
export let profileBatch: usize = 0;
export let profileBlocks: usize = 0;
export let profileWatermark: usize = 0;
export let profileBlockShift: usize = 0;
export let profileContext: usize = 0; // u64
export let profilePairs: usize = 0; // u64
export let profilePrefixShift: usize = 0; // 0 = no cache of prefixes
let profileFields: usize = 0; // f64
export let table: usize = 0; // u64
export let classPriority: usize = 0; // 0 first .. PRIORITIES - 1
export let requestAt: usize = 0; // f64, µs
export let requestPrompt: usize = 0;
export let requestOutput: usize = 0;
export let requestService: usize = 0;
export let requestClass: usize = 0;
export let requestSession: usize = 0;
export let requestOrigin: usize = 0;
export let requestContent: usize = 0;
export let requestWeights: usize = 0;
export let requestTenant: usize = 0;
export let requestItems: usize = 0;

@inline export function profileField(profile: i32, field: i32): f64 {
  return f64At(profileFields, profile * PROFILE_FIELDS + field);
}

export function layoutServiceTables(): void {
  const profiles = getI(CAP_PROFILES);
  profileFirst = column(COL_PROFILE_FIRST, 4, profiles);
  profileTokens = column(COL_PROFILE_TOKENS, 4, profiles);
  profileBatch = column(COL_PROFILE_BATCH, 4, profiles);
  profileBlocks = column(COL_PROFILE_BLOCKS, 4, profiles);
  profileWatermark = column(COL_PROFILE_WATERMARK, 4, profiles);
  profileBlockShift = column(COL_PROFILE_BLOCK_SHIFT, 4, profiles);
  profileContext = column(COL_PROFILE_CONTEXT, 8, profiles);
  profilePairs = column(COL_PROFILE_PAIRS, 8, profiles);
  profilePrefixShift = column(COL_PROFILE_PREFIX_SHIFT, 4, profiles);
  profileFields = column(COL_PROFILE_FIELDS, 8, profiles * PROFILE_FIELDS);
  table = column(COL_TABLE, 8, getI(CAP_TABLE));
  classPriority = column(COL_CLASS_PRIORITY, 4, getI(CAP_SERVE_CLASSES));
  const rows = getI(CAP_REQUEST_INPUT);
  requestAt = column(COL_REQUEST_AT, 8, rows);
  requestPrompt = column(COL_REQUEST_PROMPT, 4, rows);
  requestOutput = column(COL_REQUEST_OUTPUT, 4, rows);
  requestService = column(COL_REQUEST_SERVICE, 4, rows);
  requestClass = column(COL_REQUEST_CLASS, 4, rows);
  requestSession = column(COL_REQUEST_SESSION, 4, rows);
  requestOrigin = column(COL_REQUEST_ORIGIN, 4, rows);
  requestContent = column(COL_REQUEST_CONTENT, 4, rows);
  requestWeights = column(COL_REQUEST_WEIGHTS, 4, getI(CAP_WEIGHTS) > 0 ? rows : 0);
  requestTenant = column(COL_REQUEST_TENANT, 4, rows);
  requestItems = column(COL_REQUEST_ITEMS, 4, rows);
}
