// English words in the place of the Chinese ones of a page; names and what people wrote stay as they are. Nothing is fetched.
(function () {
  "use strict";
  var known = window.englishWords, han = /[\u4e00-\u9fff]/;
  var button = document.getElementById("language");
  var translations = new Map(), originals = new Map(), attributes = ["aria-label", "title"];
  var sentences = known.sentences.map(function (entry) {
    return { pattern: new RegExp(entry[0], "s"), ends: /。\$$/.test(entry[0]), names: entry[1], text: entry[2] };
  });
  var isEnglish = false;

  // the choice: kept where the browser keeps anything for a page opened from a disk, else handed on in the links
  var key = "junheng-language";
  function kept() { try { return localStorage.getItem(key); } catch (error) { return null; } }
  function keep(language) { try { localStorage.setItem(key, language); } catch (error) { return; } }
  function asked() { return new URLSearchParams(location.search).get("lang"); }

  var marks = { " · ": " · ", "；": "; ", "、": ", ", "，": ", ", "/": "/" };
  function join(parts, mark) { return parts.map(translate).join(mark); }
  function make(text) {
    var word = known.words[text];
    if (word !== undefined) { return word; }
    var ends = text.slice(-1) === "。";
    for (var place = 0; place < sentences.length; place += 1) {
      var match = sentences[place].ends === ends && sentences[place].pattern.exec(text);
      if (match) { return filled(sentences[place], match); }
    }
    var ended = text.match(/[^。]+。/g);
    if (ended && ended.join("") === text) { return ended.map(stopped).join(" "); }
    var begun = /^(.+?：)(.+)$/s.exec(text), head = begun && translate(begun[1]);
    if (begun && head !== begun[1]) { return head.trim() + " " + translate(begun[2]); }
    var marked = /^([●◐◆▨※·]) ?(.+)$/s.exec(text);
    if (marked) { return marked[1] + " " + translate(marked[2]); }
    var counted = /^(.+)（([\d,]+)）$/s.exec(text);
    if (counted) { return translate(counted[1]) + " (" + counted[2] + ")"; }
    var mark = Object.keys(marks).find(function (each) { return text.indexOf(each) > 0; });
    return mark ? join(text.split(mark), marks[mark]) : staged(text);
  }
  // a sentence that is known with its stop, or without it
  function stopped(text) {
    var whole = known.words[text];
    return whole !== undefined ? whole : translate(text.slice(0, -1)).replace(/\.$/, "") + ".";
  }
  function filled(sentence, match) {
    return sentence.names.reduce(function (text, name, group) {
      return text.replace("{" + name + "}", function () { return translate(match[group + 1]) + (name === "stage" ? " " : ""); });
    }, sentence.text).replace(/ {2,}/g, " ").replace(/ ([:,;.)])/g, "$1");
  }
  // a stage before a name that is known
  function staged(text) {
    var stage = known.words[text.slice(0, 2)], rest = text.slice(2).trim(), named = stage === undefined || !rest ? rest : translate(rest);
    return named !== rest ? stage + " " + named : text;
  }
  function translate(text) {
    if (!han.test(text)) { return text; }
    if (!translations.has(text)) { translations.set(text, make(text)); }
    return translations.get(text);
  }

  function eachText(root, act) {
    var walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (var node = walker.currentNode.nodeType === 3 ? walker.currentNode : walker.nextNode(); node; node = walker.nextNode()) {
      var parent = node.parentElement;
      if (parent && parent !== button && !/^(SCRIPT|STYLE)$/.test(parent.tagName)) { act(node, parent); }
    }
  }
  function toEnglish(root) {
    eachText(root, function (node, parent) {
      var text = node.data.trim();
      if (!han.test(text)) { return; }
      var english = translate(text.replace(/[ \t\r\n]+/g, " "));
      originals.set(node, node.data);
      node.data = node.data.replace(text, function () { return english; });
      if (han.test(english)) { parent.lang = "zh-CN"; }
    });
    if (root.nodeType !== 1) { return; }
    attributes.forEach(function (name) {
      [root].concat(Array.from(root.querySelectorAll("[" + name + "]"))).forEach(function (element) {
        var text = element.getAttribute(name);
        if (text === null || !han.test(text)) { return; }
        if (!originals.has(element)) { originals.set(element, {}); }
        originals.get(element)[name] = text;
        element.setAttribute(name, text.split(" · ").map(translate).join(" · "));
      });
    });
  }
  function toChinese() {
    originals.forEach(function (before, node) {
      if (node.nodeType === 3) { node.data = before; return; }
      Object.keys(before).forEach(function (name) { node.setAttribute(name, before[name]); });
    });
    originals.clear();
    document.querySelectorAll("body [lang=zh-CN]").forEach(function (element) { element.removeAttribute("lang"); });
  }
  function hand(language) {
    document.querySelectorAll("a[href]").forEach(function (link) {
      var href = link.getAttribute("href");
      if (/^([a-z]+:|#)/i.test(href) || !/\.html($|[?#])/.test(href)) { return; }
      var parts = href.replace(/\?lang=en/, "").split("#");
      link.setAttribute("href", parts[0] + (language === "en" ? "?lang=en" : "") + (parts.length > 1 ? "#" + parts.slice(1).join("#") : ""));
    });
  }

  var title = document.title;
  var options = { childList: true, subtree: true, characterData: true };
  var watcher = new MutationObserver(function (changes) {
    watcher.disconnect();
    changes.forEach(function (change) {
      if (change.type === "characterData") { toEnglish(change.target); }
      change.addedNodes.forEach(toEnglish);
    });
    hand("en");
    watcher.observe(document.body, options);
  });
  function show(language) {
    isEnglish = language === "en";
    watcher.disconnect();
    if (isEnglish) { toEnglish(document.body); } else { toChinese(); }
    document.title = isEnglish ? title.split(" · ").map(translate).join(" · ") : title;
    document.documentElement.lang = isEnglish ? "en" : "zh-CN";
    button.textContent = known.button[isEnglish ? "zh" : "en"];
    button.lang = isEnglish ? "zh-CN" : "en";
    hand(language);
    if (isEnglish) { watcher.observe(document.body, options); }
  }
  button.hidden = false;
  button.addEventListener("click", function () {
    var language = isEnglish ? "zh" : "en";
    keep(language);
    show(language);
  });
  show((kept() || asked()) === "en" ? "en" : "zh");
})();
