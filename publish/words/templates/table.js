// Sort and filter the tables of a page that have tools before them. Nothing is fetched; without this file the page reads the same.
document.querySelectorAll(".tools").forEach(function (tools, nth) {
  "use strict";
  var table = tools.nextElementSibling.querySelector("table");
  var words = JSON.parse(tools.dataset.words);
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  // as the page was written, whatever language it is read in
  var written = new Map(rows.map(function (row) {
    return [row, Array.prototype.map.call(row.cells, function (cell) { return cell.textContent; })];
  }));
  var cells = function (row, column) { return written.get(row)[column]; };

  function number(text) {
    var plain = text.replace(/[,\s]/g, "");
    return plain !== "" && isFinite(plain) ? Number(plain) : null;
  }

  // a filter over all cells, and a choice for each column of few values
  function labelled(text, control) {
    var label = document.createElement("label");
    label.append(text, control);
    tools.append(label);
    return control;
  }
  var search = document.createElement("input");
  search.type = "search";
  labelled(words.filter, search);
  var choices = [];
  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
    if (head.classList.contains("n") || rows.length < 3) { return; }
    var counts = new Map();
    rows.forEach(function (row) {
      var text = cells(row, column);
      counts.set(text, (counts.get(text) || 0) + 1);
    });
    if (counts.size < 2 || counts.size > 40 || counts.size * 2 > rows.length) { return; }
    if (Array.from(counts.keys()).some(function (text) { return text.length > 24; })) { return; }
    var select = document.createElement("select");
    select.append(new Option(words.all, ""));
    Array.from(counts.keys()).sort(function (a, b) { return a.localeCompare(b, "zh"); }).forEach(function (text) {
      select.append(new Option((text || words.empty) + "（" + counts.get(text) + "）", "=" + text));
    });
    labelled(head.textContent, select);
    choices.push({ column: column, name: head.textContent, select: select });
  });
  var reset = document.createElement("button");
  reset.type = "button";
  reset.textContent = words.reset;
  var told = document.createElement("output");
  tools.append(reset, told);

  function filter() {
    var wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var left = 0;
    rows.forEach(function (row, place) {
      var fits = wanted.every(function (word) { return texts[place].indexOf(word) >= 0; }) &&
        choices.every(function (choice) { return choice.select.value === "" || "=" + cells(row, choice.column) === choice.select.value; });
      row.hidden = !fits;
      left += fits ? 1 : 0;
    });
    told.textContent = words.left.replace("{left}", left.toLocaleString()).replace("{all}", rows.length.toLocaleString());
  }
  var later = 0;
  search.addEventListener("input", function () {
    clearTimeout(later);
    later = setTimeout(filter, 150);
  });
  choices.forEach(function (choice) { choice.select.addEventListener("change", filter); });
  reset.addEventListener("click", function () {
    search.value = "";
    choices.forEach(function (choice) { choice.select.value = ""; });
    filter();
  });

  // first click: ascending, second: descending, third: as the page was written
  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  function sort(column, direction) {
    var keyed = rows.map(function (row, place) {
      var text = cells(row, column);
      return { row: row, place: place, text: text, number: number(text) };
    });
    var numeric = heads[column].classList.contains("n");
    if (direction !== "none") {
      var turn = direction === "descending" ? -1 : 1;
      keyed.sort(function (a, b) {
        if ((a.text === "") !== (b.text === "")) { return a.text === "" ? 1 : -1; }
        var order = numeric ? a.number - b.number : a.text.localeCompare(b.text, "zh");
        return order * turn || a.place - b.place;
      });
    }
    var fresh = document.createDocumentFragment();
    keyed.forEach(function (one) { fresh.append(one.row); });
    body.append(fresh);
    heads.forEach(function (head, place) { head.setAttribute("aria-sort", place === column ? direction : "none"); });
  }
  var next = { none: "ascending", ascending: "descending", descending: "none" };
  heads.forEach(function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.textContent = "";
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", function () { sort(column, next[head.getAttribute("aria-sort")]); });
  });

  // #filter=text&column=value of a link from another page; a # without = names a row
  function begin() {
    var hash = location.hash.slice(1);
    if (hash.indexOf("=") < 0) { return filter(); }
    var found = [];
    choices.forEach(function (choice) { choice.select.value = ""; });
    new URLSearchParams(hash).forEach(function (value, name) {
      var choice = choices.find(function (one) { return one.name === name; });
      var option = choice && Array.from(choice.select.options).find(function (one) { return one.value === "=" + value; });
      if (option) { choice.select.value = option.value; } else { found.push(value); }
    });
    search.value = found.join(" ");
    filter();
  }
  // a link from another page filters the first table
  if (nth) { return filter(); }
  window.addEventListener("hashchange", begin);
  begin();
});
