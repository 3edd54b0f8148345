// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

import { start } from "./page/page";

export * as core from "./core";

if (document.getElementById("verify") !== null) void start();
