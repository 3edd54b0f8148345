// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// QR codes in pictures: files, screenshots, and what a camera sees.

import decodeQR from "qr";
import { type Bytes, fromLatin1 } from "../core/bytes";

/** The longest sides at which a picture is looked at, in pixels: codes of a few
 * hundred modules need many, noisy photographs read better with fewer. */
const sides = [2400, 1200, 700];
const drawingSide = 1200; // of what has no pixels of its own

/** The bytes of the code in a picture's file; undefined when there is none. */
export async function codeInFile(file: Blob): Promise<Bytes | undefined> {
  const image = new Image();
  image.src = await asAddress(file);
  await image.decode();
  const drawing = file.type === "image/svg+xml";
  const [width, height] = drawing ? [drawingSide, drawingSide] : [image.naturalWidth, image.naturalHeight];
  for (const side of sides) {
    const code = codeIn(image, width, height, side);
    if (code !== undefined) return code;
    if (Math.max(width, height) <= side && side === sides[sides.length - 1]) break;
  }
  return undefined;
}

/** A data address: the page's policy allows no others for pictures. */
function asAddress(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

const canvas = document.createElement("canvas");

function codeIn(source: CanvasImageSource, width: number, height: number, side: number): Bytes | undefined {
  const scale = Math.min(1, side / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "white"; // behind what is transparent
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  try {
    const text = decodeQR(context.getImageData(0, 0, canvas.width, canvas.height), { textDecoder: fromLatin1 });
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  } catch {
    return undefined; // no code
  }
}

/** Looks through the camera until it sees a code or is told to stop. */
export class Camera {
  private stream: MediaStream | undefined;

  constructor(private readonly video: HTMLVideoElement, private readonly found: (code: Bytes) => void) {}

  /** Throws what the browser throws when there is no camera, or none is allowed. */
  async start(): Promise<void> {
    this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } }, audio: false });
    this.video.srcObject = this.stream;
    await this.video.play();
    this.look();
  }

  stop(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = undefined;
    this.video.srcObject = null;
  }

  private look(): void {
    if (this.stream === undefined) return;
    const { videoWidth, videoHeight } = this.video;
    const code = videoWidth > 0 ? codeIn(this.video, videoWidth, videoHeight, sides[1]!) : undefined;
    if (code === undefined) window.setTimeout(() => this.look(), 150);
    else {
      this.stop();
      this.found(code);
    }
  }
}
