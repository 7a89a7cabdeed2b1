// The topic map as one may walk in it: points on a canvas in the place of the picture. Without this
// file, or until the points are there, the page has the picture and the list of topics.
"use strict";

{
  const map = document.getElementById("map");
  const tip = document.getElementById("map-tip");
  const find = document.getElementById("map-find");
  const count = document.getElementById("map-count");
  const heard = document.getElementById("heard");

  const FAR = 9999; // what places in the data reach to
  const MARGIN = 18; // pixels
  const NEAREST = 40; // times the whole map
  const REACH = 14; // pixels around a point that count as it
  const TITLED = 40; // points in view, at which their titles are written

  let data; // as /map/points gives it
  let canvas, brush;
  let wide = 0, high = 0; // pixels of the map
  let zoom = 1, left = 0, top_ = 0; // and where the whole map's corner is
  let at = -1; // the point that is hovered or chosen
  let only = -1; // the topic that alone is shown
  let words = []; // that are looked for
  let matching = null; // whether each point has them; null where none are
  let colours;
  let waiting = false;

  // --- where things are ---------------------------------------------------------------------

  const placeX = (n) => left + (MARGIN + (data.x[n] / FAR) * (wide - 2 * MARGIN)) * zoom;
  const placeY = (n) => top_ + (MARGIN + (data.y[n] / FAR) * (high - 2 * MARGIN)) * zoom;
  const inView = (x, y) => x > -8 && y > -8 && x < wide + 8 && y < high + 8;
  const shown = (n) => (only < 0 || data.topic[n] === only) && (!matching || matching[n]);

  // The nearest point that is not faint, within reach.
  function nearest(x, y) {
    let best = -1, least = REACH * REACH;
    for (let n = 0; n < data.x.length; n++) {
      const away = (placeX(n) - x) ** 2 + (placeY(n) - y) ** 2;
      if (away < least && shown(n)) [best, least] = [n, away];
    }
    return best;
  }

  function moveTo(x, y) {
    left = Math.min(0, Math.max(wide * (1 - zoom), x));
    top_ = Math.min(0, Math.max(high * (1 - zoom), y));
    canvas.style.touchAction = zoom > 1 ? "none" : "pan-y pinch-zoom";
    draw();
  }

  // Nearer by a factor; what is under (x, y) stays there.
  function nearer(factor, x = wide / 2, y = high / 2) {
    const before = zoom;
    zoom = Math.min(NEAREST, Math.max(1, zoom * factor));
    moveTo(x - ((x - left) * zoom) / before, y - ((y - top_) * zoom) / before);
  }

  function whole() {
    zoom = 1;
    moveTo(0, 0);
  }

  function bring(n) {
    const x = placeX(n), y = placeY(n), edge = 40;
    if (x < edge || y < edge || x > wide - edge || y > high - edge) {
      moveTo(left + wide / 2 - x, top_ + high / 2 - y);
    }
  }

  // --- drawing ------------------------------------------------------------------------------

  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; paint(); });
  }

  function readColours() {
    const page = getComputedStyle(document.body);
    const colour = (css) => getComputedStyle(map.querySelector(`.${css}`) ?? map).color;
    colours = {
      topics: data.topics.map((topic) => colour(`k${topic.colour}`)),
      lone: colour("lone"), ink: page.color, paper: page.backgroundColor,
      font: page.fontFamily,
    };
  }

  function dots(numbers, radius, colour, alpha) {
    brush.globalAlpha = alpha;
    brush.fillStyle = colour;
    brush.beginPath();
    for (const n of numbers) {
      const x = placeX(n), y = placeY(n);
      if (!inView(x, y)) continue;
      brush.moveTo(x + radius, y);
      brush.arc(x, y, radius, 0, 7);
    }
    brush.fill();
  }

  function paint() {
    const scale = devicePixelRatio || 1;
    const size = [Math.round(wide * scale), Math.round(high * scale)];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    brush.setTransform(scale, 0, 0, scale, 0, 0);
    brush.clearRect(0, 0, wide, high);
    const many = data.x.length;
    const usual = many < 300 ? 4.5 : many < 2000 ? 3 : 2.2;
    const radius = Math.min(7, usual * (wide < 500 ? 0.85 : 1) * zoom ** 0.35);
    const faint = new Map(), clear = new Map();
    for (let n = 0; n < many; n++) {
      const held = shown(n) ? clear : faint;
      const topic = data.topic[n];
      if (!held.has(topic)) held.set(topic, []);
      held.get(topic).push(n);
    }
    for (const [group, alpha] of [[faint, 0.14], [clear, 0.9]]) {
      for (const [topic, numbers] of group) {
        dots(numbers, radius, topic < 0 ? colours.lone : colours.topics[topic], alpha);
      }
    }
    brush.globalAlpha = 1;
    if (at >= 0) {
      brush.beginPath();
      brush.arc(placeX(at), placeY(at), radius + 4, 0, 7);
      brush.lineWidth = 2.5;
      brush.strokeStyle = colours.ink;
      brush.stroke();
    }
    write(clear, radius);
    canvas.dataset.painted = String(many); // what tests wait for
    showTip();
  }

  // Names of topics, the largest first, then titles where few points are in view; none over another.
  function write(clear, radius) {
    const boxes = [];
    const put = (text, x, y, size, weight, shifts) => {
      brush.font = `${weight} ${size}px ${colours.font}`;
      const width = brush.measureText(text).width + 8;
      x = Math.min(Math.max(x, width / 2), wide - width / 2);
      for (const shift of shifts) {
        const foot = Math.min(Math.max(y + shift, size + 2), high - 5);
        const box = [x - width / 2, foot - size, x + width / 2, foot + size * 0.3];
        if (boxes.some((o) => box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3])) continue;
        boxes.push(box);
        brush.strokeText(text, x, foot);
        brush.fillText(text, x, foot);
        return;
      }
    };
    brush.textAlign = "center";
    brush.lineJoin = "round";
    brush.lineWidth = 4;
    brush.strokeStyle = colours.paper;
    brush.fillStyle = colours.ink;
    const largest = Math.max(1, ...data.topics.map((topic) => topic.size));
    const small = wide < 500 ? 12 : 14;
    data.topics.forEach((topic, n) => {
      const x = left + (MARGIN + (topic.x / FAR) * (wide - 2 * MARGIN)) * zoom;
      const y = top_ + (MARGIN + (topic.y / FAR) * (high - 2 * MARGIN)) * zoom;
      if (!inView(x, y) || (only >= 0 && n !== only) || (matching && !clear.has(n))) return;
      const size = small + Math.round(4 * Math.sqrt(topic.size / largest));
      put(topic.name, x, y, size, 600, [0, -size * 1.1, size * 1.1, -size * 2.2, size * 2.2]);
    });
    if (zoom < 2 && data.x.length > TITLED && !matching) return;
    const near = [...clear.values()].flat().filter((n) => inView(placeX(n), placeY(n)));
    if (near.length > TITLED) return;
    for (const n of near) {
      const title = data.title[n].length > 44 ? `${data.title[n].slice(0, 42)}…` : data.title[n];
      put(title, placeX(n), placeY(n), 12, 400, [radius + 14, -radius - 6]);
    }
  }

  function showTip(kept = tip.classList.contains("kept")) {
    if (at < 0) {
      tip.hidden = true;
      return;
    }
    const link = tip.firstElementChild;
    link.textContent = data.title[at] || data.id[at];
    link.href = address(at);
    tip.lastElementChild.textContent = data.topics[data.topic[at]]?.name ?? "";
    tip.hidden = false;
    tip.classList.toggle("kept", kept);
    const x = placeX(at), y = placeY(at);
    const beside = Math.min(Math.max(x - tip.offsetWidth / 2, 4), wide - tip.offsetWidth - 4);
    const below = y + 14 + tip.offsetHeight < high ? y + 14 : y - 14 - tip.offsetHeight;
    tip.style.transform = `translate(${beside}px, ${Math.max(4, below)}px)`;
  }

  const address = (n) => map.dataset.paper.replace("ID", () => encodeURI(data.id[n]).replace(/[?#]/g, encodeURIComponent));

  function choose(n, kept = false) {
    if (n === at && tip.classList.contains("kept") === kept) return;
    at = n;
    tip.classList.toggle("kept", kept);
    draw();
  }

  // --- pointers -----------------------------------------------------------------------------

  const held = new Map(); // pointers that are down, by id: where they were last
  let moved = false;

  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const apart = ([one, other]) => Math.hypot(one[0] - other[0], one[1] - other[1]);

  function listen() {
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      held.set(event.pointerId, spot(event));
      moved = held.size > 1;
    });
    canvas.addEventListener("pointermove", (event) => {
      const here = spot(event), before = held.get(event.pointerId);
      if (!before) {
        if (event.pointerType === "mouse") choose(nearest(...here));
        canvas.style.cursor = at >= 0 ? "pointer" : "grab";
        return;
      }
      if (!moved && Math.hypot(here[0] - before[0], here[1] - before[1]) < 5) return;
      if (!moved) canvas.setPointerCapture(event.pointerId);
      moved = true;
      if (held.size === 2) {
        const was = apart([...held.values()]);
        held.set(event.pointerId, here);
        const [one, other] = [...held.values()];
        nearer(apart([one, other]) / Math.max(was, 1), (one[0] + other[0]) / 2, (one[1] + other[1]) / 2);
      } else {
        held.set(event.pointerId, here);
        moveTo(left + here[0] - before[0], top_ + here[1] - before[1]);
      }
    });
    canvas.addEventListener("pointerup", (event) => {
      if (!held.delete(event.pointerId) || moved) return;
      const n = nearest(...spot(event));
      if (event.pointerType === "mouse") {
        if (n >= 0) open(n, event);
      } else choose(n, true); // what a finger means is shown first, to be opened by its title
    });
    canvas.addEventListener("pointercancel", (event) => held.delete(event.pointerId));
    canvas.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && !held.size && document.activeElement !== map) choose(-1);
    });
    canvas.addEventListener("dblclick", (event) => nearer(2, ...spot(event)));
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== map) return;
      event.preventDefault();
      nearer(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), ...spot(event));
    }, { passive: false });
  }

  function open(n, event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) window.open(address(n), "_blank", "noopener");
    else location.assign(address(n));
  }

  // --- keys ---------------------------------------------------------------------------------

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  // From a point to the next in a direction: far ones and those to the side count as farther.
  function step([dx, dy]) {
    const x = at < 0 ? wide / 2 : placeX(at), y = at < 0 ? high / 2 : placeY(at);
    let best = -1, least = Infinity;
    for (let n = 0; n < data.x.length; n++) {
      if (n === at || !shown(n)) continue;
      const along = (placeX(n) - x) * dx + (placeY(n) - y) * dy;
      const aside = Math.abs((placeX(n) - x) * dy) + Math.abs((placeY(n) - y) * dx);
      if (at >= 0 && along <= 0) continue;
      const away = Math.abs(along) + 2 * aside;
      if (away < least) [best, least] = [n, away];
    }
    if (best < 0) return;
    choose(best);
    bring(best);
    heard.textContent = `${data.title[best]}. ${data.topics[data.topic[best]]?.name ?? "No topic"}`;
  }

  const KEYS = {
    "+": () => nearer(1.5), "=": () => nearer(1.5), "-": () => nearer(1 / 1.5), "0": whole,
    Escape: () => { choose(-1); whole(); },
    Enter: (event) => at >= 0 && open(at, event),
  };

  map.addEventListener("keydown", (event) => {
    if (!data || event.target !== map || event.altKey || event.ctrlKey || event.metaKey) return;
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) moveTo(left - arrow[0] * 60, top_ - arrow[1] * 60);
    else if (arrow) step(arrow);
    else if (KEYS[event.key]) KEYS[event.key](event);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // --- what is shown ------------------------------------------------------------------------

  function seek() {
    words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    matching = words.length
      ? data.title.map((title) => words.every((word) => title.toLowerCase().includes(word)))
      : null;
    tell();
  }

  function tell() {
    let number = 0;
    for (let n = 0; n < data.x.length; n++) number += shown(n);
    count.textContent = matching || only >= 0
      ? `${number.toLocaleString("en")} of ${data.x.length.toLocaleString("en")} papers` : "";
    if (at >= 0 && !shown(at)) at = -1;
    draw();
  }

  function onlyTopic(slug) {
    const number = data.topics.findIndex((topic) => topic.slug === slug);
    only = number === only ? -1 : number;
    for (const button of document.querySelectorAll("[data-only]")) {
      button.setAttribute("aria-pressed", only >= 0 && button.dataset.only === slug);
    }
    tell();
    if (only >= 0) map.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!data || !button) return;
    if (button.dataset.map === "in") nearer(1.5);
    if (button.dataset.map === "out") nearer(1 / 1.5);
    if (button.dataset.map === "whole") whole();
    if (button.dataset.only) onlyTopic(button.dataset.only);
  });

  // --- beginning ----------------------------------------------------------------------------

  function measure() {
    const before = [wide, high];
    [wide, high] = [map.clientWidth, map.clientHeight];
    if (before[0]) moveTo((left * wide) / before[0], (top_ * high) / before[1]);
  }

  async function begin() {
    const answer = await fetch(map.dataset.points, { headers: { Accept: "application/json" } });
    if (!answer.ok) return; // the picture stays
    data = await answer.json();
    canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true"); // its list is beside it, and what is chosen is said
    brush = canvas.getContext("2d");
    map.prepend(canvas);
    map.classList.add("drawn");
    map.setAttribute("aria-describedby", "map-help");
    measure();
    readColours();
    listen();
    find.addEventListener("input", seek);
    new ResizeObserver(measure).observe(map);
    const recolour = () => { readColours(); draw(); };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
    new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    if (find.value) seek();
    draw();
  }

  if (map?.dataset.points) begin().catch(() => {});
}
