(function () {
  // `network` and `nodes` are made by pyvis above; `wheel` (radius, sectors, labels) is written just before this script.
  var box = document.getElementById("mynetwork"), R = wheel.radius;
  var narrow = box.clientWidth < 600, font = narrow ? wheel.narrow : wheel.wide;
  nodes.update(nodes.get().filter(function (n) { return n.id !== wheel.center; }).map(function (n) {
    var name = font.labels[n.id] || ["", 0];
    var pressed = { background: n.color.background, border: "#1F2328" };
    return { id: n.id, label: name[0], color: { background: n.color.background, border: n.color.border, highlight: pressed, hover: pressed }, font: { size: font.size, color: n.font.color, strokeWidth: 4, strokeColor: "#ffffff", vadjust: name[1] } };
  }));
  function fit() {
    var across = narrow ? R * 1.12 : wheel.reach;
    var scale = Math.min(box.clientWidth / (2 * across), box.clientHeight / (2 * R * 1.16));
    if (!(scale > 0)) { return; } // the page is not laid out yet
    network.moveTo({ position: { x: 0, y: 0 }, scale: scale, animation: false });
  }
  network.on("beforeDrawing", function (ctx) {
    wheel.sectors.forEach(function (s) {
      var from = (s.start - 90) * Math.PI / 180, to = (s.end - 90) * Math.PI / 180;
      ctx.beginPath(); ctx.arc(0, 0, R, from, to); ctx.arc(0, 0, R * 0.13, to, from, true); ctx.closePath();
      if (s.contacts) { ctx.fillStyle = s.tint; ctx.fill(); }
      if (s.contacts) { ctx.beginPath(); ctx.arc(0, 0, R * 1.05, from, to); ctx.lineWidth = 9; ctx.strokeStyle = s.colour; ctx.stroke(); }
      if (s.blind) {
        ctx.beginPath(); ctx.arc(0, 0, R * 1.06, from, to); ctx.arc(0, 0, R * 0.64, to, from, true); ctx.closePath();
        ctx.setLineDash([10, 6]); ctx.lineWidth = 3; ctx.strokeStyle = wheel.accent; ctx.stroke(); ctx.setLineDash([]);
        var turn = (from + to) / 2, cx = Math.cos(turn) * R * 0.93, cy = Math.sin(turn) * R * 0.93;
        ctx.beginPath(); ctx.moveTo(cx - 8, cy - 8); ctx.lineTo(cx + 8, cy + 8); ctx.moveTo(cx + 8, cy - 8); ctx.lineTo(cx - 8, cy + 8);
        ctx.lineWidth = 6; ctx.stroke();
      }
      if (!narrow) {
        ctx.font = "600 17px Inter, 'Segoe UI', system-ui, sans-serif";
        ctx.fillStyle = s.blind ? "#A84300" : "#1F2328"; ctx.textBaseline = "middle"; ctx.textAlign = s.x < 0 ? "right" : "left";
        ctx.fillText(s.words, s.x, s.y);
      }
    });
  });
  var buttons = document.querySelectorAll(".flags button");
  function show(id) {
    buttons.forEach(function (b) { b.setAttribute("aria-pressed", String(b.dataset.id === id)); });
    if (nodes.get(id)) { network.selectNodes([id]); } else { network.unselectAll(); }
    if (window.chosen) { window.chosen(id); }
  }
  buttons.forEach(function (b) { b.addEventListener("click", function () { show(b.dataset.id); }); });
  network.on("selectNode", function (e) { show(e.nodes[0]); });
  network.on("deselectNode", function () { show(""); });
  document.querySelector(".zoom").addEventListener("click", function (e) {
    var way = e.target.dataset.zoom;
    if (way === "fit") { fit(); } else if (way) { network.moveTo({ scale: network.getScale() * (way === "in" ? 1.25 : 0.8) }); }
  });
  box.querySelectorAll("[tabindex]").forEach(function (part) { part.tabIndex = 0; });
  window.addEventListener("resize", fit);
  fit();
})();
