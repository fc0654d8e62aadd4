(function () {
  // `network` and `nodes` are made by pyvis; `told` (dots, links, ties, blocks, discs) is written just before.
  var box = document.getElementById("mynetwork"), find = document.getElementById("find"), shown = document.getElementById("shown");
  var choice = document.getElementById("by-department"), slider = document.getElementById("week"), said = document.getElementById("week-said");
  var chosen = -1, dot = -1;
  told.names = []; // where the names of departments stand
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
    ctx.textBaseline = "middle"; ctx.fillStyle = told.ink; ctx.strokeStyle = "#D3D7DC";
    told.names.forEach(function (name) {
      var d = told.discs[name.at], far = Math.hypot(name.x - d.x, name.y - d.y) || 1, out = (d.r + 12) / far;
      if (out < 1) {
        ctx.beginPath(); ctx.moveTo(d.x + (name.x - d.x) * out, d.y + (name.y - d.y) * out); ctx.lineTo(name.x, name.y);
        ctx.lineWidth = name.size / 14; ctx.stroke();
      }
      ctx.font = font(name.size); ctx.textAlign = name.side > 0 ? "left" : "right";
      ctx.fillText(name.words, name.x + name.side * name.size * 0.3, name.y);
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
  function font(size) { return "600 " + size + "px Inter, 'Segoe UI', system-ui, sans-serif"; }
  function fit() { // the ring as large as it can be with the names at its left and right, none on another
    var px = box.clientWidth < 600 ? 10.5 : 13, ruler = document.createElement("canvas").getContext("2d"), widest = 0, reach = 0;
    ruler.font = font(px);
    var words = told.discs.map(function (d) {
      var name = d.n, most = box.clientWidth * (px < 12 ? 0.26 : 0.22);
      while (name.length > 2 && ruler.measureText(name).width > most) { name = name.slice(0, -2).trim() + "…"; }
      widest = Math.max(widest, ruler.measureText(name).width); reach = Math.max(reach, Math.hypot(d.x, d.y) + d.r + 12);
      return name;
    });
    var scale = Math.min((box.clientWidth - 2 * widest - 5 * px) / (2 * reach), (box.clientHeight - 3 * px) / (2 * reach));
    if (!(scale > 0)) { return; } // the page is not laid out yet
    var step = 1.3 * px / scale, edge = box.clientHeight / 2 / scale - step / 2, fits = Math.floor(2 * edge / step);
    told.names = [];
    [1, -1].forEach(function (side) {
      var mine = told.discs.map(function (d, at) { return at; }).filter(function (at) { return (told.discs[at].x < 0) === (side < 0); });
      mine.sort(function (a, b) { return told.discs[b].r - told.discs[a].r; }); // where not all have room, the largest are named
      mine = mine.slice(0, fits).sort(function (a, b) { return told.discs[a].y - told.discs[b].y; });
      var down = mine.map(function (at) { return told.discs[at].y; }), up = down.slice(), i;
      for (i = 1; i < down.length; i++) { down[i] = Math.max(down[i], down[i - 1] + step); }
      for (i = up.length - 2; i >= 0; i--) { up[i] = Math.min(up[i], up[i + 1] - step); }
      var ys = down.map(function (y, i) { return (y + up[i]) / 2; }); // halfway between two that keep apart, so it does too
      for (i = 0; i < ys.length; i++) { ys[i] = Math.max(ys[i], i ? ys[i - 1] + step : -edge); }
      for (i = ys.length - 1; i >= 0; i--) { ys[i] = Math.min(ys[i], i + 1 < ys.length ? ys[i + 1] - step : edge); }
      mine.forEach(function (at, i) {
        var x = Math.sqrt(Math.max(0, reach * reach - ys[i] * ys[i])) + px / scale;
        told.names.push({ at: at, words: words[at], side: side, size: px / scale, x: side * x, y: ys[i] });
      });
    });
    network.moveTo({ position: { x: 0, y: 0 }, scale: scale, animation: false });
  }
  document.querySelector(".zoom").addEventListener("click", function (e) {
    var way = e.target.dataset.zoom;
    if (way === "fit") { fit(); } else if (way) { network.moveTo({ scale: network.getScale() * (way === "in" ? 1.25 : 0.8) }); }
  });
  box.querySelectorAll("[tabindex]").forEach(function (part) { part.tabIndex = 0; });
  window.addEventListener("resize", fit);
  fit(); weigh();
})();
