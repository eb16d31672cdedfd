"use strict";
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const plots = [...document.querySelectorAll(".plot")];
  const readout = document.querySelector(".readout");
  const all = (selector) => document.querySelectorAll(selector);

  const shown = (value, metric) =>
    value === null ? "–" : value.toFixed(metric.digits) + (metric.unit && ` ${metric.unit}`);

  function sayFrame(index) {
    readout.textContent = `frame ${data.frames[index]}, ${data.times[index].toFixed(2)} s`;
    for (const metric of data.metrics) {
      const value = document.createElement("b");
      value.textContent = shown(metric.mean[index], metric);
      readout.append(`   ${metric.title} `, value);
    }
    const first = data.metrics[0];
    const column = first.table.map((row, camera) => [row[index], camera]);
    const held = column.filter(([value]) => value !== null).sort((a, b) => a[0] - b[0]);
    if (held.length > 1) {
      const [value, camera] = first.higher ? held[0] : held[held.length - 1];
      readout.append(`   worst ${data.cameras[camera]} ${shown(value, first)}`);
    }
  }

  function point(index) {
    const left = `${(100 * (index + 0.5)) / data.frames.length}%`;
    for (const plot of plots) {
      const metric = data.metrics.find((each) => each.name === plot.dataset.metric);
      const [cursor, bead] = [plot.querySelector(".cursor"), plot.querySelector(".bead")];
      cursor.hidden = false;
      cursor.style.left = left;
      const value = metric.mean[index];
      bead.hidden = value === null;
      if (value !== null) {
        const { low, high } = plot.dataset;
        bead.style.left = left;
        bead.style.bottom = `${(100 * (value - low)) / (high - low)}%`;
      }
    }
    sayFrame(index);
  }

  function leave() {
    for (const mark of all(".cursor, .bead")) mark.hidden = true;
    readout.textContent = "\u00a0";
  }

  for (const plot of plots) {
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      const place = Math.floor(((event.clientX - box.left) / box.width) * data.frames.length);
      point(Math.min(Math.max(place, 0), data.frames.length - 1));
    });
    plot.addEventListener("pointerleave", leave);
  }

  // A camera lights up wherever it is shown: in the table, on the rig and in the curves.
  function light(camera, on) {
    for (const part of all(`[data-camera="${camera}"]`)) part.classList.toggle("lit", on);
  }
  for (const part of all("tr[data-camera], .rig [data-camera]")) {
    part.addEventListener("pointerenter", () => light(part.dataset.camera, true));
    part.addEventListener("pointerleave", () => light(part.dataset.camera, false));
  }

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.value === undefined) return cell.textContent;
    return cell.dataset.value === "" ? null : Number(cell.dataset.value.replace("inf", "Infinity"));
  };
  function compare(a, b) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === "number") return a < b ? -1 : Number(a > b);
    return a.localeCompare(b, undefined, { numeric: true });
  }
  for (const table of all("table.sortable")) {
    const heads = [...table.querySelectorAll("th")];
    heads.forEach((head, column) =>
      head.querySelector("button").addEventListener("click", () => {
        // The first click on a metric brings the worst camera to the top.
        const before = head.getAttribute("aria-sort");
        const first = head.dataset.better === "lower" ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const order = before === first ? other : first;
        for (const each of heads) each.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => sign * compare(valueOf(a, column), valueOf(b, column)));
        table.tBodies[0].append(...rows);
      }),
    );
  }

  for (const render of all("img.render")) {
    const own = render.src;
    const photograph = render.closest(".three").querySelector("img").src;
    const show = (source) => () => (render.src = source);
    render.addEventListener("pointerdown", show(photograph));
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
      render.addEventListener(end, show(own));
    }
  }
}
