// Search over the names of the pages and the titles of issues. Nothing is fetched: the list lies in search-index.js.
(function () {
  "use strict";
  var tools = document.getElementById("search");
  var results = document.getElementById("results");
  var words = JSON.parse(tools.dataset.words);
  var most = 60;
  var label = document.createElement("label");
  var input = document.createElement("input");
  input.type = "search";
  input.autofocus = true;
  label.append(words.label, input);
  var count = document.createElement("output");
  tools.append(label, count);
  var texts = window.searchIndex.map(function (entry) { return (entry[0] + " " + entry[1] + " " + entry[2]).toLowerCase(); });

  // what bears the name first, then what begins with it
  function rank(place) {
    var name = window.searchIndex[place][0].toLowerCase(), query = input.value.trim().toLowerCase();
    return name === query ? 0 : name.indexOf(query) === 0 ? 1 : 2;
  }

  function search() {
    var wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    var places = [];
    if (wanted.length) {
      texts.forEach(function (text, place) {
        if (wanted.every(function (word) { return text.indexOf(word) >= 0; })) { places.push(place); }
      });
    }
    places.sort(function (a, b) { return rank(a) - rank(b) || a - b; });
    var items = places.slice(0, most).map(function (place) {
      var entry = window.searchIndex[place];
      var item = document.createElement("li");
      var link = document.createElement("a");
      link.href = entry[3];
      link.textContent = entry[0];
      item.append(link, "　" + [entry[1], entry[2]].filter(Boolean).join(" · "));
      return item;
    });
    results.replaceChildren.apply(results, items);
    count.textContent = wanted.length ? words.found.replace("{count}", places.length) + (places.length > most ? words.most.replace("{most}", most) : "") : "";
  }
  var later = 0;
  input.addEventListener("input", function () {
    clearTimeout(later);
    later = setTimeout(search, 100);
  });
  var asked = new URLSearchParams(location.hash.slice(1)).get("q");
  if (asked) { input.value = asked; }
  search();
})();
