// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

/**
 * A table whose column heads sort it: <sortable-table> around a table. Cells with
 * data-value are numbers, the others words in the page's language.
 */
export class SortableTable extends HTMLElement {
  connectedCallback(): void {
    for (const head of this.querySelectorAll<HTMLTableCellElement>("thead th")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort-button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => this.sort(head));
      head.append(button);
    }
  }

  private sort(head: HTMLTableCellElement): void {
    const body = this.querySelector("tbody") as HTMLTableSectionElement;
    const column = head.cellIndex;
    // The first click on numbers brings the largest up, on words the first letters.
    const numbers = body.rows[0]?.cells[column]?.dataset.value !== undefined;
    const was = head.getAttribute("aria-sort");
    const down = was ? was === "ascending" : numbers;
    for (const other of this.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
    const key = (row: HTMLTableRowElement): string => row.cells[column].dataset.value ?? row.cells[column].innerText;
    const rows = [...body.rows].sort((a, b) => {
      const by = numbers ? Number(key(a)) - Number(key(b)) : order.compare(key(a), key(b));
      return down ? -by : by;
    });
    body.append(...rows);
  }
}
