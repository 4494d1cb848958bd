// What the pages gain from JavaScript. Everything here only makes quicker what the forms do without it:
// saving as one types, a warning before text is lost, another row in a repeating form. Filters are never sent unasked.
(function () {
  "use strict";

  const SAVE_AFTER_MS = 1500;
  const TRY_AGAIN_MS = 10000;

  function csrfToken() {
    const input = document.querySelector("input[name=csrfmiddlewaretoken]");
    return input ? input.value : "";
  }

  document.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["X-CSRFToken"] = csrfToken();
  });

  // A page that comes back with errors starts at the list of them, for eyes and for screen readers.
  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();

  // ---- text that would be lost ----

  const unsaved = new Set();

  window.addEventListener("beforeunload", function (event) {
    if (unsaved.size) event.preventDefault();
  });

  function watchForLoss(form) {
    form.addEventListener("input", function () { unsaved.add(form); });
    form.addEventListener("submit", function () { unsaved.delete(form); });
  }

  // ---- saving as one types ----
  // <form data-autosave="/address/"> (or the form's own action). The server answers with JSON:
  //   200 {"saved_at": "10:42", "version": 7}      400 or 422 {"errors": {"name": ["sentence"]}}
  //   200 may bring as well: "values" {name of a hidden box: its new value}, "parts" {id: HTML to put there},
  //   "errors" {name: [sentence]} of the boxes that were not saved, "unsent" true where something is not saved yet
  //   409: someone else saved first; sending the form shows both texts.

  function autosave(form) {
    const address = form.dataset.autosave || form.getAttribute("action") || window.location.href;
    const note = form.querySelector("[data-autosave-status]") || addNote(form);
    let timer = null;
    let sending = false;
    let again = false;
    let stopped = false;
    let afterwards = null;

    function say(sentence, kind) {
      note.textContent = sentence;
      note.className = "save-status" + (kind ? " save-status--" + kind : "");
    }

    function later(ms) {
      window.clearTimeout(timer);
      if (!stopped) timer = window.setTimeout(send, ms);
    }

    async function send() {
      if (sending) { again = true; return; }
      sending = true;
      again = false;
      const sent = new FormData(form);
      form.querySelectorAll("input[type=file]").forEach(function (file) { sent.delete(file.name); });
      try {
        const answer = await fetch(address, {
          method: "POST", body: sent, credentials: "same-origin",
          headers: { "X-CSRFToken": csrfToken(), "X-Autosave": "1", "Accept": "application/json" },
        });
        await report(answer);
      } catch (failure) {
        say("Not saved: the portal cannot be reached. Your text is still here and will be sent again.", "failed");
        later(TRY_AGAIN_MS);
      }
      sending = false;
      if (afterwards) form.requestSubmit(afterwards);
      else if (again) later(SAVE_AFTER_MS);
    }

    async function report(answer) {
      if (answer.status === 409) {
        stopped = true;
        say("Someone else has changed this. Choose Save to see both texts.", "failed");
        return;
      }
      const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
      const said = isJson ? await answer.json() : {};
      if (answer.status === 400 || answer.status === 422) {
        const sentences = Object.values(said.errors || {}).flat();
        say("Not saved. " + (sentences.join(" ") || "Some answers need attention."), "failed");
        return;
      }
      if (!answer.ok || answer.redirected) {
        stopped = true;
        say("Not saved. Choose Save, and sign in again if you are asked to.", "failed");
        return;
      }
      if (said.version !== undefined && form.elements.version) form.elements.version.value = said.version;
      Object.entries(said.values || {}).forEach(function ([name, value]) {
        if (form.elements[name]) form.elements[name].value = value;
      });
      Object.entries(said.parts || {}).forEach(function ([id, html]) {
        const part = document.getElementById(id);
        if (part) part.innerHTML = html;
      });
      const wrong = said.errors || {};
      markErrors(form, wrong);
      const isWhole = Object.keys(wrong).length === 0;
      if (!again && isWhole && !said.unsent) unsaved.delete(form);
      const now = new Date();
      const clock = String(now.getHours()).padStart(2, "0") + ":" + String(now.getMinutes()).padStart(2, "0");
      const saved = "Saved " + (said.saved_at || clock);
      say(isWhole ? saved : saved + ", but not the answers marked as wrong", isWhole ? "saved" : "failed");
    }

    form.addEventListener("input", function () { again = sending; later(SAVE_AFTER_MS); });
    form.addEventListener("change", function () { again = sending; later(0); });
    form.addEventListener("submit", function (event) {
      window.clearTimeout(timer);
      stopped = true;
      // What is on its way brings new versions; sent before they are here, the form would clash with itself.
      if (!sending) return;
      event.preventDefault();
      afterwards = event.submitter;
    });
  }

  // Each sentence stands beside its box, as it does when the page itself comes back with errors.
  function markErrors(form, wrong) {
    form.querySelectorAll(".field--error").forEach(function (field) {
      field.classList.remove("field--error");
      field.querySelectorAll(".error-text").forEach(function (sentence) { sentence.remove(); });
      field.querySelectorAll("[aria-invalid]").forEach(function (box) { box.removeAttribute("aria-invalid"); });
    });
    Object.entries(wrong).forEach(function ([name, sentences]) {
      const box = form.querySelector('[name="' + CSS.escape(name) + '"]');
      const field = box && box.closest(".field");
      if (!field) return;
      field.classList.add("field--error");
      box.setAttribute("aria-invalid", "true");
      const folded = field.closest("details");
      if (folded) folded.open = true;
      sentences.forEach(function (words, number) {
        const sentence = document.createElement("p");
        sentence.className = "error-text";
        sentence.textContent = words;
        if (number === 0) {
          sentence.id = box.id + "-error";
          const heard = (box.getAttribute("aria-describedby") || "").split(" ").filter(Boolean);
          if (!heard.includes(sentence.id)) box.setAttribute("aria-describedby", [...heard, sentence.id].join(" "));
        }
        field.querySelector(".label").after(sentence);
      });
    });
  }

  function addNote(form) {
    const note = document.createElement("p");
    note.className = "save-status";
    note.setAttribute("role", "status");
    form.append(note);
    return note;
  }

  // ---- another row ----
  // <div data-add-row="prefix"> holding [data-rows], a <template> with __prefix__ for the row's number, and a button
  // [data-add-row-button] that stays hidden without JavaScript (the server then offers spare rows).

  function addRows(block) {
    const total = document.getElementById("id_" + block.dataset.addRow + "-TOTAL_FORMS");
    const rows = block.querySelector("[data-rows]");
    const blank = block.querySelector("template");
    const button = block.querySelector("[data-add-row-button]");
    if (!total || !rows || !blank || !button) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      const row = document.createElement("template");
      row.innerHTML = blank.innerHTML.replaceAll("__prefix__", total.value);
      const added = row.content.firstElementChild;
      rows.append(added);
      total.value = Number(total.value) + 1;
      if (window.htmx) window.htmx.process(added);
      const first = added.querySelector("input:not([type=hidden]), select, textarea");
      if (first) first.focus();
    });
  }

  function enhance(root) {
    const all = function (selector) {
      const found = Array.from(root.querySelectorAll(selector));
      if (root.matches && root.matches(selector)) found.push(root);
      return found.filter(function (element) { return !element.dataset.enhanced; });
    };
    all("form[data-autosave], form[data-warn-unsaved]").forEach(function (form) {
      form.dataset.enhanced = "yes";
      watchForLoss(form);
      if (form.hasAttribute("data-autosave")) autosave(form);
    });
    all("[data-add-row]").forEach(function (block) {
      block.dataset.enhanced = "yes";
      addRows(block);
    });
  }

  enhance(document);
  document.addEventListener("htmx:load", function (event) { enhance(event.detail.elt); });
})();
