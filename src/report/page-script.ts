// The script of the page, as text: it draws every chart and writes down what went wrong, for readers and for tests.
// Plain old JavaScript, since it runs in whatever browser opens the file.

export const PAGE_SCRIPT = `
"use strict";
(function () {
  var root = document.documentElement;
  function failed(what) {
    root.dataset.error = (root.dataset.error ? root.dataset.error + " | " : "") + what;
  }
  window.onerror = function (message) { failed(String(message)); };
  window.onunhandledrejection = function (event) { failed(String(event.reason)); };
  var logger = { level: function () { return logger; }, info: function () { return logger; }, debug: function () { return logger; } };
  logger.warn = logger.error = function () { failed(Array.prototype.join.call(arguments, " ")); return logger; };
  var specs = JSON.parse(document.getElementById("charts").textContent);
  Object.keys(specs).forEach(function (id) {
    var box = document.getElementById(id);
    var view = new vega.View(vega.parse(specs[id]), { renderer: "svg", container: box, hover: true, logger: logger });
    view.runAsync().then(function () { box.dataset.drawn = "yes"; }, function (error) {
      failed(id + ": " + error);
      box.textContent = "This chart could not be drawn: " + error;
      box.className += " failed";
    });
  });
})();
`;
