(function () {
  // `network` and `nodes` are made by pyvis; `told` (people, ties, weeks, discs) is written just before.
  var box = document.getElementById("mynetwork"), find = document.getElementById("find"), shown = document.getElementById("shown");
  var choice = document.getElementById("by-department"), slider = document.getElementById("week"), said = document.getElementById("week-said");
  var chosen = -1, weights = [], top = 1;
  function strengthAt(weeks, last) {
    var sum = 0;
    for (var at = 0; at <= last; at++) { var days = +weeks[at]; if (days) { sum += days * Math.pow(2, -7 * (last - at) / told.halfLife); } }
    return sum;
  }
  function weigh() {
    var last = Number(slider.value) - 1;
    said.textContent = told.weeks[last]; slider.setAttribute("aria-valuetext", told.weeks[last]);
    weights = told.ties.map(function (tie) { return strengthAt(tie[2], last); });
    network.redraw(); tell();
  }
  told.ties.forEach(function (tie) { top = Math.max(top, strengthAt(tie[2], told.weeks.length - 1)); });
  function isShown(at) { return !choice.value || told.people[at].p === choice.value; }
  network.on("beforeDrawing", function (ctx) {
    told.discs.forEach(function (d) {
      ctx.beginPath(); ctx.arc(d.x, d.y, d.r + 10, 0, 2 * Math.PI); ctx.fillStyle = d.c + "22"; ctx.fill();
      ctx.font = "600 " + Math.max(17, 12 / network.getScale()) + "px Inter, 'Segoe UI', system-ui, sans-serif";
      ctx.fillStyle = told.ink; ctx.textAlign = "center"; ctx.textBaseline = "top";
      ctx.fillText(d.n, d.x, d.y + d.r + 14);
    });
    told.ties.forEach(function (tie, at) {
      var a = told.people[tie[0]], b = told.people[tie[1]], mine = chosen === tie[0] || chosen === tie[1];
      if (weights[at] < 0.05 || (chosen >= 0 ? !mine : !(isShown(tie[0]) || isShown(tie[1])))) { return; }
      var share = Math.sqrt(weights[at] / top);
      ctx.beginPath(); ctx.moveTo(a.x, a.y); ctx.lineTo(b.x, b.y);
      ctx.strokeStyle = mine ? told.ink : "rgba(90, 97, 105, " + (0.05 + 0.3 * share).toFixed(3) + ")";
      ctx.lineWidth = mine ? 2 + 4 * share : 1 + 2 * share; ctx.stroke();
    });
  });
  function count(n, word) { return n + " " + word + (n === 1 ? "" : "s"); }
  function tell() {
    var live = weights.filter(function (w) { return w >= 0.05; }).length;
    if (chosen < 0) { shown.textContent = told.people.length + " people, " + count(live, "tie") + " between departments on that day"; return; }
    var mine = told.ties.filter(function (t, at) { return weights[at] >= 0.05 && (t[0] === chosen || t[1] === chosen); });
    var there = {}; mine.forEach(function (t) { there[told.people[t[0] === chosen ? t[1] : t[0]].p] = 1; });
    shown.textContent = told.people[chosen].n + ": " + count(mine.length, "tie") + " to " + count(Object.keys(there).length, "other department") + " on that day";
  }
  function choose(at) { chosen = at; if (at >= 0) { network.selectNodes([at]); } else { network.unselectAll(); } network.redraw(); tell(); }
  find.addEventListener("input", function () {
    var words = find.value.trim().toLocaleLowerCase(), at = -1;
    if (words) {
      at = told.people.findIndex(function (p) { return p.n.toLocaleLowerCase() === words; });
      if (at < 0) { at = told.people.findIndex(function (p) { return p.n.toLocaleLowerCase().indexOf(words) >= 0; }); }
    }
    choose(at);
  });
  choice.addEventListener("change", function () {
    nodes.update(told.people.map(function (p, at) { return { id: at, opacity: isShown(at) ? 1 : 0.2 }; }));
    network.redraw();
  });
  slider.addEventListener("input", weigh);
  network.on("selectNode", function (e) { choose(e.nodes[0]); });
  network.on("deselectNode", function () { choose(-1); });
  function fit() {
    var x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
    told.discs.forEach(function (d) {
      x0 = Math.min(x0, d.x - d.r); x1 = Math.max(x1, d.x + d.r); y0 = Math.min(y0, d.y - d.r); y1 = Math.max(y1, d.y + d.r + 40);
    });
    var scale = Math.min(box.clientWidth / (x1 - x0 + 60), box.clientHeight / (y1 - y0 + 60));
    network.moveTo({ position: { x: (x0 + x1) / 2, y: (y0 + y1) / 2 }, scale: scale, animation: false });
  }
  document.querySelector(".zoom").addEventListener("click", function (e) {
    var way = e.target.dataset.zoom;
    if (way === "fit") { fit(); } else if (way) { network.moveTo({ scale: network.getScale() * (way === "in" ? 1.25 : 0.8) }); }
  });
  box.querySelectorAll("[tabindex]").forEach(function (part) { part.tabIndex = 0; });
  window.addEventListener("resize", fit);
  fit(); weigh();
})();
