// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

/** A file that the bundler copies; the module is its address. */
declare module "*.worker.mjs" {
  const address: string;
  export default address;
}

/** The vendored reader of QR codes (web/vendor/qr), as far as it is used. */
declare module "qr" {
  interface Picture {
    width: number;
    height: number;
    data: Uint8ClampedArray;
  }
  /** Throws when the picture has no code. textDecoder gets what is in bytes. */
  export default function decodeQR(picture: Picture, options: { textDecoder(bytes: Uint8Array<ArrayBuffer>): string }): string;
}
