// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// The public page works without this script. With it, an open page shows a new
// warning by itself, and a phone can tell whether it is inside a warned area
// without telling anyone where it is.

import { keepFresh } from "./fresh";
import { offerNearMe } from "./near";

const list = document.body.dataset.list;
if (list !== undefined) keepFresh(list);
offerNearMe();
