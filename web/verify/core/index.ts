// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The verifier: all that it takes to check a warning, without a page around it.

export { fromBase64, Malformed, utf8 } from "./bytes";
export { readCAP } from "./cap";
export { factsOf } from "./difference";
export { parseLeaf } from "./leaf";
export { parseBundle, parseProof } from "./proof";
export { parseShort, UnknownLog } from "./short";
export { parseCheckpoint } from "./tree";
export { parseTrust } from "./trust";
export { verify } from "./verdict";
