(function () {
  // `network`, `nodes` and `edges` are made by pyvis; `wheel` and `told` (people, weeks, halfLife) are written just before.
  var people = told.people, find = document.getElementById("find"), shown = document.getElementById("shown");
  var choices = ["by-department", "by-direction", "by-kind"].map(function (id) { return document.getElementById(id); });
  var slider = document.getElementById("week"), said = document.getElementById("week-said"), panel = document.getElementById("evidence");
  var first = {}; // size and opacity as drawn for the last week
  nodes.get().forEach(function (n) { first[n.id] = { size: n.size, hidden: false }; });
  // Contact days come as a bit each, six to a letter; amounts of weeks in tenths, two letters each.
  var letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", rows = {};
  Object.keys(people).forEach(function (id) {
    var p = people[id], at, days = [], weeks = [];
    if (p.d !== undefined) {
      for (at = 0; at < p.d.length * 6; at++) { if (letters.indexOf(p.d[Math.floor(at / 6)]) >> (at % 6) & 1) { days.push(at); } }
      p.d = days;
    }
    if (p.w !== undefined) {
      for (at = 0; at < p.w.length; at += 2) { weeks.push((letters.indexOf(p.w[at]) * 64 + letters.indexOf(p.w[at + 1])) / 10); }
      p.w = weeks;
    }
    p.s = p.s || p.p; p.k = p.k || ""; p.q = p.q || ""; p.l = told.directions[p.g];
  });
  document.querySelectorAll("tr[data-id]").forEach(function (row) { rows[row.dataset.id] = row; });

  function matches(id) {
    var p = people[id], words = (find.value || "").trim().toLocaleLowerCase();
    if (words && p.n.toLocaleLowerCase().indexOf(words) < 0) { return false; }
    if (choices[0] && choices[0].value && p.s !== choices[0].value && p.p !== choices[0].value) { return false; }
    if (choices[1] && choices[1].value && p.g !== choices[1].value) { return false; }
    if (choices[2] && choices[2].value) { return choices[2].value === "any" ? !!p.k : p.k === choices[2].value; }
    return true;
  }
  function strength(p, last) { // credit fades by half every halfLife days; weeks after `last` have not happened yet
    var sum = 0;
    if (p.w) { for (var at = 0; at <= last; at++) { sum += p.w[at] * Math.pow(2, -7 * (last - at) / told.halfLife); } }
    return sum;
  }
  function weigh() {
    if (!slider) { return; }
    var last = Number(slider.value) - 1, top = 0, now = {};
    said.textContent = told.weeks[last] || "";
    slider.setAttribute("aria-valuetext", told.weeks[last] || "");
    Object.keys(people).forEach(function (id) { now[id] = strength(people[id], last); });
    Object.keys(people).forEach(function (id) { top = Math.max(top, strength(people[id], told.weeks.length - 1), now[id]); });
    var isLast = last === told.weeks.length - 1;
    nodes.update(Object.keys(people).filter(function (id) { return nodes.get(id); }).map(function (id) {
      var share = top > 0 ? Math.sqrt(now[id] / top) : 0;
      return isLast ? { id: id, size: first[id].size, opacity: 1 } : { id: id, size: 5 + 17 * share, opacity: now[id] > 0.05 ? 1 : 0.25 };
    }));
  }
  function filter() {
    var count = 0, total = 0, only = "";
    var changes = [];
    Object.keys(people).forEach(function (id) {
      var yes = matches(id);
      total += 1; count += yes; if (yes) { only = id; }
      if (nodes.get(id)) { changes.push({ id: id, hidden: !yes }); }
      if (rows[id]) { rows[id].hidden = !yes; }
    });
    nodes.update(changes);
    shown.textContent = count === total ? total + " contacts" : count + " of " + total + " contacts shown";
    if (count === 1 && find.value) { network.selectNodes([only]); evidence(only); }
  }
  function text(name, words, parent) { var e = document.createElement(name); e.textContent = words; parent.appendChild(e); return e; }
  function strip(days) { // a mark per contact day of the year, today at the right
    var ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg");
    svg.setAttribute("viewBox", "0 0 364 34"); svg.setAttribute("role", "img"); svg.setAttribute("class", "strip");
    svg.setAttribute("aria-label", days.length + " contact days in 52 weeks; the last " + (days.length ? Math.min.apply(null, days) + " days ago" : "unknown"));
    function rect(x, y, w, h, fill) {
      var r = document.createElementNS(ns, "rect");
      [["x", x], ["y", y], ["width", w], ["height", h], ["fill", fill]].forEach(function (pair) { r.setAttribute(pair[0], pair[1]); });
      svg.appendChild(r);
    }
    rect(0, 16, 364, 1.5, "#D3D7DC");
    if (days.length) { rect(364 - Math.min.apply(null, days), 4, Math.min.apply(null, days), 26, "#F9E3D5"); }
    days.forEach(function (age) { rect(362 - age, 6, 2, 22, "#1F2328"); });
    return svg;
  }
  function evidence(id) {
    var p = people[id];
    panel.textContent = "";
    if (!p) { text("p", "Choose a mark or a name to see its evidence.", panel).className = "muted"; return; }
    text("h3", p.n, panel);
    text("p", p.p + " · " + p.l, panel).className = "muted";
    if (p.q) { text("p", p.q, panel).className = "kind"; }
    if (p.b) { text("p", p.b, panel); }
    if (p.d) { panel.appendChild(strip(p.d)); text("p", "A mark is a contact day; the last 52 weeks, today at the right. Shaded: the silence.", panel).className = "small"; }
  }
  window.chosen = evidence;
  find.addEventListener("input", filter);
  choices.forEach(function (c) { if (c) { c.addEventListener("change", filter); } });
  if (slider) { slider.addEventListener("input", weigh); weigh(); }
  network.on("selectNode", function (e) { evidence(e.nodes[0]); });
  network.on("deselectNode", function () { evidence(""); });
  filter(); evidence("");
})();
