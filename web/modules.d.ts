// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

/** A file that the bundler copies; the module is its address. */
declare module "*.worker.mjs" {
  const address: string;
  export default address;
}
