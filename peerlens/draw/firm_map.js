(function () {
  // `network` and `nodes` are made by pyvis; `told` (dots, links, ties, blocks, discs) is written just before.
  var box = document.getElementById("mynetwork"), find = document.getElementById("find"), shown = document.getElementById("shown");
  var choice = document.getElementById("by-department"), slider = document.getElementById("week"), said = document.getElementById("week-said");
  var chosen = -1, dot = -1;
  function step(levels) { var at = levels.charAt(Number(slider.value) - 1); return at === "-" ? 0 : Number(at); }
  function weigh() {
    var block = told.blocks[Number(slider.value) - 1];
    said.textContent = block; slider.setAttribute("aria-valuetext", block);
    network.redraw(); tell();
  }
  function line(ctx, a, b, level, mine) {
    var share = level / 9;
    ctx.beginPath(); ctx.moveTo(a.x, a.y); ctx.lineTo(b.x, b.y);
    ctx.strokeStyle = mine ? told.ink : "rgba(90, 97, 105, " + (0.15 + 0.45 * share).toFixed(3) + ")";
    ctx.lineWidth = (mine ? 1.5 : 1) + 9 * share * share; ctx.stroke();
  }
  network.on("beforeDrawing", function (ctx) {
    told.links.forEach(function (link) {
      var level = step(link[2]), mine = chosen === link[0] || chosen === link[1];
      if (level && (chosen < 0 || mine)) { line(ctx, told.discs[link[0]], told.discs[link[1]], level, false); }
    });
    told.discs.forEach(function (d, at) {
      ctx.globalAlpha = 1; ctx.beginPath(); ctx.arc(d.x, d.y, d.r + 10, 0, 2 * Math.PI); ctx.fillStyle = "#ffffff"; ctx.fill();
      ctx.fillStyle = d.c + "22"; ctx.fill();
      if (at === chosen) { ctx.lineWidth = 3; ctx.strokeStyle = told.ink; ctx.stroke(); }
    });
    told.discs.forEach(function (d) {
      ctx.font = "600 " + Math.max(17, 12 / network.getScale()) + "px Inter, 'Segoe UI', system-ui, sans-serif";
      ctx.textAlign = "center"; ctx.textBaseline = "top";
      ctx.lineWidth = 4; ctx.strokeStyle = "rgba(255, 255, 255, 0.9)"; ctx.lineJoin = "round"; ctx.strokeText(d.n, d.x, d.y + d.r + 13);
      ctx.fillStyle = told.ink; ctx.fillText(d.n, d.x, d.y + d.r + 13);
    });
    told.ties.forEach(function (tie) {
      var level = step(tie[2]), mine = dot === tie[0] || dot === tie[1];
      if (level && (dot < 0 || mine)) { line(ctx, told.dots[tie[0]], told.dots[tie[1]], Math.min(level, 4), true); }
    });
  });
  function count(n, word) { return n + " " + word + (n === 1 ? "" : "s"); }
  function tell() {
    if (dot >= 0) {
      var own = told.ties.filter(function (tie) { return step(tie[2]) && (tie[0] === dot || tie[1] === dot); });
      shown.textContent = told.dots[dot].n + ": contact with " + (own.length || "none") + " of those shown by name in these four weeks";
      return;
    }
    var now = told.links.filter(function (link) { return step(link[2]); });
    if (chosen < 0) { shown.textContent = count(told.discs.length, "department") + ", " + count(now.length, "line") + " between them in these four weeks"; return; }
    var mine = now.filter(function (link) { return link[0] === chosen || link[1] === chosen; });
    mine.sort(function (a, b) { return step(b[2]) - step(a[2]); });
    var most = mine.slice(0, 3).map(function (link) { return told.discs[link[0] === chosen ? link[1] : link[0]].f; });
    shown.textContent = told.discs[chosen].f + ": " + count(mine.length, "line") + " to other departments in these four weeks"
      + (most.length ? "; most with " + most.join(", ") : "");
  }
  function choose(disc, person) {
    chosen = disc; dot = person;
    choice.value = disc >= 0 ? String(disc) : "";
    nodes.update(told.dots.map(function (d, at) { return { id: at, opacity: disc < 0 || d.d === disc ? 1 : 0.25 }; }));
    if (person >= 0) { network.selectNodes([person]); } else { network.unselectAll(); }
    network.redraw(); tell();
  }
  if (find) {
    find.addEventListener("input", function () {
      var words = find.value.trim().toLocaleLowerCase(), at = -1;
      function at_(test) { return told.dots.findIndex(function (d) { return d.n && test(d.n.toLocaleLowerCase()); }); }
      if (words) { at = at_(function (n) { return n === words; }); if (at < 0) { at = at_(function (n) { return n.indexOf(words) >= 0; }); } }
      choose(at < 0 ? -1 : told.dots[at].d, at);
    });
  }
  choice.addEventListener("change", function () { choose(choice.value === "" ? -1 : Number(choice.value), -1); });
  slider.addEventListener("input", weigh);
  network.on("selectNode", function (e) { var at = e.nodes[0]; choose(told.dots[at].d, told.dots[at].n ? at : -1); });
  network.on("click", function (e) {
    if (e.nodes.length) { return; }
    var at = told.discs.findIndex(function (d) { return Math.hypot(e.pointer.canvas.x - d.x, e.pointer.canvas.y - d.y) <= d.r + 10; });
    choose(at, -1);
  });
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
