// Boxes of committee reports written as they will look: a textarea with data-prose gets the editor of django-prose-editor
// (ProseMirror and Tiptap) before it. The box goes on holding the plain text with its marks, and is what is sent: without
// this file, and for text that has more than these marks, people write the marks themselves.
import {
  Bold, BulletList, Document, Editor, HardBreak, Heading, History, Italic, ListItem, Mark, Paragraph, Text,
} from "../django_prose_editor/editor.js";

// ---- marks to runs and back: [{text, bold, italic, href}] ----

const PUNCTUATION = "!-/:-@\\[-`{-~";
const TOKEN = new RegExp(
  `\\\\([${PUNCTUATION}])` +
  "|\\*\\*\\*(\\S(?:[^]*?\\S)?)\\*\\*\\*(?!\\*)" +
  "|\\*\\*(\\S(?:[^]*?\\S)?)\\*\\*(?!\\*)" +
  "|\\*(\\S(?:[^*]*?\\S)?)\\*" +
  "|\\[([^\\]\\n]+)\\]\\((https?:[^)\\s]+)\\)",
);

function runsOf(words, look = {}) {
  const runs = [];
  function add(text, more) {
    const last = runs[runs.length - 1];
    const run = { bold: false, italic: false, href: "", ...look, ...more, text };
    if (last && last.bold === run.bold && last.italic === run.italic && last.href === run.href) last.text += text;
    else if (text) runs.push(run);
  }
  let rest = words;
  for (let found = TOKEN.exec(rest); found; found = TOKEN.exec(rest)) {
    add(rest.slice(0, found.index), {});
    const [whole, escaped, both, bold, italic, linked, href] = found;
    const inner = both || bold || italic || linked;
    if (escaped) add(escaped, {});
    else {
      const more = { bold: look.bold || Boolean(both || bold), italic: look.italic || Boolean(both || italic) };
      runsOf(inner, { ...look, ...more, href: href || look.href || "" }).forEach((run) => add(run.text, run));
    }
    rest = rest.slice(found.index + whole.length);
  }
  add(rest, {});
  return runs;
}

// Consecutive runs that are alike in one respect, each with what they are alike in.
function alike(runs, respect) {
  const groups = [];
  for (const run of runs) {
    const last = groups[groups.length - 1];
    if (last && last.value === run[respect]) last.runs.push(run);
    else groups.push({ value: run[respect], runs: [run] });
  }
  return groups;
}

function around(mark, words) {
  const [, before, inner, after] = /^(\s*)([^]*?)(\s*)$/.exec(words);
  return inner ? before + mark + inner + mark + after : words;
}

function marksOf(runs, escape) {
  const said = (group) => group.map((run) => escape(run.text)).join("");
  const italics = (group) => alike(group, "italic").map((part) => (part.value ? around("*", said(part.runs)) : said(part.runs)));
  const bolds = (group) => alike(group, "bold").map((part) => (
    part.value ? around("**", italics(part.runs).join("")) : italics(part.runs).join("")
  ));
  return alike(runs, "href").map((part) => {
    const words = bolds(part.runs).join("");
    return part.value ? `[${words}](${part.value.replaceAll(")", "%29")})` : words;
  }).join("");
}

function lineOf(runs) {
  const plain = marksOf(runs, (text) => text);
  if (JSON.stringify(runsOf(plain).map(ordered)) === JSON.stringify(merged(runs))) return plain;
  return marksOf(runs, (text) => text.replace(/[\\*[\]]/g, "\\$&"));
}

function ordered({ bold, italic, href, text }) {
  return { bold, italic, href, text };
}

function merged(runs) {
  const found = [];
  for (const run of runs) {
    const last = found[found.length - 1];
    const same = last && last.bold === run.bold && last.italic === run.italic && last.href === run.href;
    if (same) last.text += run.text;
    else found.push(ordered(run));
  }
  return found;
}

// ---- the text of a box to a document and back ----

function piecesOf(text) {
  return text.replaceAll("\r\n", "\n").split("\n\n")
    .map((piece) => piece.split("\n").map((line) => line.trim()).filter(Boolean)).filter((lines) => lines.length);
}

function inline(words) {
  const nodes = [];
  for (const run of runsOf(words)) {
    const marks = [];
    if (run.bold) marks.push({ type: "bold" });
    if (run.italic) marks.push({ type: "italic" });
    if (run.href) marks.push({ type: "address", attrs: { href: run.href } });
    run.text.split("\n").forEach((line, place) => {
      if (place) nodes.push({ type: "hardBreak" });
      if (line) nodes.push({ type: "text", text: line, marks });
    });
  }
  return nodes;
}

function documentOf(text) {
  const content = [];
  for (const lines of piecesOf(text)) {
    if (lines[0].startsWith("# ")) {
      content.push({ type: "heading", attrs: { level: 2 }, content: inline(lines.shift().slice(2).trim()) });
    }
    const words = lines.filter((line) => !line.startsWith("- ")).join("\n");
    const bullets = lines.filter((line) => line.startsWith("- ")).map((line) => line.slice(2).trim());
    if (words) content.push({ type: "paragraph", content: inline(words) });
    if (bullets.length) {
      content.push({ type: "bulletList", content: bullets.map((bullet) => (
        { type: "listItem", content: [{ type: "paragraph", content: inline(bullet) }] }
      )) });
    }
  }
  return { type: "doc", content: content.length ? content : [{ type: "paragraph" }] };
}

function wordsOf(block) {
  const runs = (block.content || []).map((node) => {
    const marks = node.marks || [];
    const has = (type) => marks.find((mark) => mark.type === type);
    const href = has("address") ? has("address").attrs.href : "";
    return { text: node.type === "hardBreak" ? "\n" : node.text, bold: Boolean(has("bold")), italic: Boolean(has("italic")), href };
  });
  return lineOf(runs).split("\n").map((line) => line.trim()).filter(Boolean);
}

function textOf(document) {
  let text = "";
  let before = "";
  for (const block of document.content || []) {
    let words;
    if (block.type === "bulletList") {
      words = block.content.map((item) => wordsOf(item.content[0]).join(" ")).filter(Boolean).map((bullet) => `- ${bullet}`).join("\n");
    } else if (block.type === "heading") {
      words = wordsOf(block).join(" ");
      if (words) words = `# ${words}`;
    } else words = wordsOf(block).join("\n");
    if (!words) continue;
    const goesOn = block.type === "bulletList" && before === "paragraph";
    text += (text ? (goesOn ? "\n" : "\n\n") : "") + words;
    before = block.type;
  }
  return text;
}

// The same text as textOf would write it: what differs from it has marks that the editor does not know.
function normal(text) {
  let said = "";
  let before = "";
  for (const lines of piecesOf(text)) {
    const blocks = [];
    if (lines[0].startsWith("# ")) blocks.push(["heading", `# ${lines.shift().slice(2).trim()}`]);
    const bullets = lines.filter((line) => line.startsWith("- ")).map((line) => `- ${line.slice(2).trim()}`);
    const words = lines.filter((line) => !line.startsWith("- "));
    if (words.length) blocks.push(["paragraph", words.join("\n")]);
    if (bullets.length) blocks.push(["bulletList", bullets.join("\n")]);
    for (const [type, block] of blocks) {
      said += (said ? (type === "bulletList" && before === "paragraph" ? "\n" : "\n\n") : "") + block;
      before = type;
    }
  }
  return said;
}

// ---- the editor ----

const Address = Mark.create({
  name: "address",
  inclusive: false,
  addAttributes() { return { href: { default: "" } }; },
  parseHTML() { return [{ tag: 'a[href^="http:"]' }, { tag: 'a[href^="https:"]' }]; },
  renderHTML({ HTMLAttributes }) { return ["a", HTMLAttributes, 0]; },
});

const EXTENSIONS = [
  Document, Paragraph, Text, HardBreak, History, Bold, Italic, Address, BulletList,
  ListItem.extend({ content: "paragraph" }),
  // Headings of any level, as Word has them, become the one there is.
  Heading.extend({ parseHTML() { return [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level: 2 } })); } })
    .configure({ levels: [2] }),
];

const BUTTONS = [
  ["Bold", "bold", (chain) => chain.toggleBold()],
  ["Italic", "italic", (chain) => chain.toggleItalic()],
  ["Heading", "heading", (chain) => chain.toggleHeading({ level: 2 })],
  ["Bullets", "bulletList", (chain) => chain.toggleBulletList()],
  ["Link", "address", null],
];

const REFUSED = /<style[^]*?<\/style>|\s(?:style|on\w+)=("[^"]*"|'[^']*')/gi;

function made(tag, attributes, words) {
  const element = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  if (words) element.textContent = words;
  return element;
}

function begin(box) {
  if (textOf(documentOf(box.value)) !== normal(box.value)) return;
  const label = document.querySelector(`label[for="${box.id}"]`);
  label.id = label.id || `${box.id}-label`;
  const frame = made("div", { class: "prose" });
  const tools = made("div", { class: "prose__tools", role: "group", "aria-label": `How it looks: ${label.textContent.trim()}` });
  const place = made("div", { class: "prose__text" });
  const described = box.getAttribute("aria-describedby");
  frame.append(tools, place);
  box.before(frame);
  box.hidden = true;

  let buttons = [];
  const editor = new Editor({
    element: place,
    extensions: EXTENSIONS,
    content: documentOf(box.value),
    injectCSS: false,
    editorProps: {
      // The page's policy refuses styles and handlers, and says so even of those that are read only to be left out.
      transformPastedHTML: (html) => html.replace(REFUSED, ""),
      attributes: {
        role: "textbox", "aria-multiline": "true", "aria-labelledby": label.id, "data-prose-of": box.id,
        ...(described ? { "aria-describedby": described } : {}),
        ...(box.getAttribute("aria-invalid") ? { "aria-invalid": "true" } : {}),
      },
    },
    onUpdate({ editor: now }) {
      box.value = textOf(now.getJSON());
      box.dispatchEvent(new Event("input", { bubbles: true }));
    },
    onTransaction: pressed,
  });
  label.addEventListener("click", () => editor.commands.focus());

  const address = made("div", { class: "prose__address", hidden: "" });
  const addressLabel = made("label", { for: `${box.id}-address` }, "Address of the link (https://...)");
  const addressBox = made("input", { id: `${box.id}-address`, type: "url", class: "input" });
  const setButton = made("button", { type: "button", class: "button button--secondary button--small" }, "Set the link");
  const clearButton = made("button", { type: "button", class: "button button--secondary button--small" }, "No link");
  address.append(addressLabel, addressBox, setButton, clearButton);

  buttons = BUTTONS.map(([words, type, command]) => {
    const button = made("button", { type: "button", class: "prose__tool", "aria-pressed": "false" }, words);
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      if (command) command(editor.chain().focus()).run();
      else {
        address.hidden = !address.hidden;
        addressBox.value = editor.getAttributes("address").href || "https://";
        if (!address.hidden) addressBox.focus();
      }
    });
    tools.append(button);
    return [button, type];
  });
  tools.after(address);

  function link(href) {
    const chain = editor.chain().focus().extendMarkRange("address");
    if (/^https?:\/\/\S+\.\S+$/.test(href)) chain.setMark("address", { href });
    else chain.unsetMark("address");
    chain.run();
    address.hidden = true;
  }
  setButton.addEventListener("click", () => link(addressBox.value.trim()));
  clearButton.addEventListener("click", () => link(""));
  addressBox.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); link(addressBox.value.trim()); }
    if (event.key === "Escape") { address.hidden = true; editor.commands.focus(); }
  });

  function pressed() {
    buttons.forEach(([button, type]) => button.setAttribute("aria-pressed", String(editor.isActive(type))));
  }
}

document.querySelectorAll("textarea[data-prose]").forEach(begin);
