import type { Random } from '@plugfest/model';
import type { HairStyle, Look } from './look.ts';
import { alpha, between, type Context, clipped, oval, shade, spot, verticalGradient } from './paint.ts';

type Point = readonly [x: number, y: number];
/** A cubic curve: start, two controls, end. */
type Curve = readonly [Point, Point, Point, Point];

/** Behind head and body. */
export function drawHairBack(context: Context, look: Look, random: Random): void {
  const side = look.faceWidth * 100;
  const shape = BACK[look.hairStyle];
  if (!shape) return;
  context.fillStyle = verticalGradient(context, -110, 150, shade(look.hair, 0.02), shade(look.hair, -0.45));
  shape(context, side, look, random);
}

/** On the skull and over the face's edges. */
export function drawHairFront(context: Context, look: Look, random: Random): void {
  FRONT[look.hairStyle](context, look.faceWidth * 100, look, random);
}

type DrawHair = (context: Context, side: number, look: Look, random: Random) => void;

const BACK: Partial<Record<HairStyle, DrawHair>> = {
  long(context, side, look, random) {
    context.beginPath();
    context.moveTo(0, -112);
    context.bezierCurveTo(side + 30, -112, side + 26, 0, side + 34, 70);
    context.bezierCurveTo(side + 40, 120, side + 30, 160, side + 14, 186);
    context.lineTo(-side - 14, 186);
    context.bezierCurveTo(-side - 30, 160, -side - 40, 120, -side - 34, 70);
    context.bezierCurveTo(-side - 26, 0, -side - 30, -112, 0, -112);
    context.fill();
    for (const s of [-1, 1]) {
      strands(
        context,
        look,
        random,
        90,
        [
          [s * 8, -108],
          [s * (side + 16), -100],
          [s * (side - 6), 20],
          [s * (side - 14), 180],
        ],
        [
          [s * 8, -110],
          [s * (side + 40), -110],
          [s * (side + 26), 40],
          [s * (side + 28), 184],
        ],
      );
    }
  },
  bob(context, side, look, random) {
    context.beginPath();
    context.moveTo(0, -114);
    context.bezierCurveTo(side + 36, -114, side + 24, 20, side + 22, 92);
    context.quadraticCurveTo(side - 6, 104, side - 30, 88);
    context.lineTo(-side + 30, 88);
    context.quadraticCurveTo(-side + 6, 104, -side - 22, 92);
    context.bezierCurveTo(-side - 24, 20, -side - 36, -114, 0, -114);
    context.fill();
    for (const s of [-1, 1]) {
      strands(
        context,
        look,
        random,
        60,
        [
          [s * 5, -110],
          [s * (side + 10), -100],
          [s * (side - 4), 20],
          [s * (side - 12), 92],
        ],
        [
          [s * 5, -112],
          [s * (side + 36), -110],
          [s * (side + 20), 20],
          [s * (side + 20), 92],
        ],
      );
    }
  },
  wavy(context, side, look, random) {
    curls(context, look, random, 120, 10, (turn) => [Math.sin(turn) * (side + 10), -30 - Math.cos(turn) * 82], 1.75);
  },
  curly(context, side, look, random) {
    curls(
      context,
      look,
      random,
      340,
      15,
      (turn) => {
        const reach = between(random, 0.55, 1);
        return [Math.sin(turn) * (side + 48) * reach, -22 - Math.cos(turn) * 106 * reach];
      },
      2.3,
    );
  },
  bun(context, side, look, random) {
    oval(context, 0, -40, side + 6, 74);
    context.fillStyle = verticalGradient(context, -134, -90, shade(look.hair, 0.15), shade(look.hair, -0.3));
    oval(context, 10, -112, 26, 22);
    strands(
      context,
      look,
      random,
      40,
      [
        [-14, -108],
        [-10, -130],
        [20, -136],
        [34, -112],
      ],
      [
        [-14, -108],
        [-4, -112],
        [20, -112],
        [34, -104],
      ],
    );
  },
};

const FRONT: Record<HairStyle, DrawHair> = {
  crop(context, side, look, random) {
    const shape = cap(
      side + 2,
      107,
      [
        [side - 4, -40],
        [side - 12, -62],
        [34, -62],
      ],
      -28,
    );
    filledCap(context, shape, look);
    clipped(context, shape, () => {
      for (let i = 0; i < 1500; i++) {
        context.fillStyle = alpha(shade(look.hair, between(random, -0.3, 0.28)), 0.5);
        oval(context, between(random, -80, 80), between(random, -108, -10), 1.4, 1.1);
      }
    });
    softHairline(context, look, random, 34, -62);
  },
  short(context, side, look, random) {
    const shape = cap(
      side + 5,
      117,
      [
        [side - 6, -38],
        [side - 14, -54],
        [40, -57],
      ],
      -8,
    );
    filledCap(context, shape, look);
    clipped(context, shape, () => {
      for (const s of [-1, 1]) {
        strands(
          context,
          look,
          random,
          90,
          [
            [s * -22, -106],
            [s * 40, -128],
            [s * (side + 12), -80],
            [s * (side + 2), -6],
          ],
          [
            [s * -14, -74],
            [s * 20, -80],
            [s * (side - 20), -70],
            [s * (side - 6), -14],
          ],
        );
      }
    });
    tuft(context, look, random, 34, -58, 26);
  },
  swept(context, side, look, random) {
    const shape = cap(
      side + 5,
      118,
      [
        [side - 5, -36],
        [side - 10, -56],
        [44, -62],
      ],
      -4,
    );
    filledCap(context, shape, look);
    clipped(context, shape, () => {
      strands(
        context,
        look,
        random,
        170,
        [
          [-40, -66],
          [-30, -120],
          [30, -130],
          [side + 8, -10],
        ],
        [
          [-34, -56],
          [0, -70],
          [50, -66],
          [side - 6, -26],
        ],
      );
      strands(
        context,
        look,
        random,
        70,
        [
          [-44, -70],
          [-60, -110],
          [-side - 8, -70],
          [-side - 2, -6],
        ],
        [
          [-40, -58],
          [-50, -62],
          [-side + 10, -52],
          [-side + 6, -18],
        ],
      );
    });
  },
  wavy(context, side, look, random) {
    const shape = cap(
      side + 8,
      122,
      [
        [side - 6, -30],
        [side - 10, -56],
        [40, -64],
      ],
      6,
    );
    filledCap(context, shape, look);
    curls(
      context,
      look,
      random,
      150,
      10,
      (turn) => [Math.sin(turn) * (side + between(random, -12, 6)), -28 - Math.cos(turn) * between(random, 56, 90)],
      1.45,
    );
  },
  long(context, side, look, random) {
    for (const s of [-1, 1]) {
      const outer: Curve = [
        [s * -8, -112],
        [s * (side + 24), -116],
        [s * (side + 16), -20],
        [s * (side + 22), 150],
      ];
      const inner: Curve = [
        [s * -8, -100],
        [s * 36, -66],
        [s * (side - 12), -58],
        [s * (side - 3), 140],
      ];
      band(
        context,
        outer,
        inner,
        verticalGradient(context, -110, 150, shade(look.hair, 0.12), look.hair, shade(look.hair, -0.28)),
      );
      strands(context, look, random, 150, outer, inner);
    }
    gloss(context, look, side, -76);
  },
  bob(context, side, look, random) {
    for (const s of [-1, 1]) {
      const outer: Curve = [
        [0, -116],
        [s * (side + 30), -116],
        [s * (side + 16), 10],
        [s * (side + 18), 90],
      ];
      const inner: Curve = [
        [0, -108],
        [s * 60, -100],
        [s * (side - 2), -30],
        [s * (side - 6), 84],
      ];
      band(context, outer, inner, verticalGradient(context, -110, 90, shade(look.hair, 0.14), shade(look.hair, -0.2)));
      strands(context, look, random, 110, outer, inner);
    }
    const fringe: Curve = [
      [-side + 2, -34],
      [-30, -30],
      [30, -30],
      [side - 2, -34],
    ];
    const crown: Curve = [
      [-side - 2, -40],
      [-side * 0.8, -122],
      [side * 0.8, -122],
      [side + 2, -40],
    ];
    band(context, crown, fringe, verticalGradient(context, -112, -30, shade(look.hair, 0.1), look.hair));
    for (let i = 0; i < 150; i++) fringeStrand(context, look, random, side);
    gloss(context, look, side, -78);
  },
  curly(context, side, look, random) {
    const shape = cap(
      side + 6,
      112,
      [
        [side - 4, -30],
        [side - 10, -52],
        [30, -62],
      ],
      4,
    );
    filledCap(context, shape, look);
    curls(
      context,
      look,
      random,
      210,
      12,
      (turn) => [Math.sin(turn) * (side + between(random, -6, 20)), -22 - Math.cos(turn) * between(random, 52, 100)],
      1.6,
    );
  },
  bun(context, side, look, random) {
    const shape = cap(
      side + 3,
      112,
      [
        [side - 4, -40],
        [side - 14, -58],
        [30, -60],
      ],
      -2,
    );
    filledCap(context, shape, look);
    clipped(context, shape, () => {
      for (const s of [-1, 1]) {
        strands(
          context,
          look,
          random,
          120,
          [
            [s * (side - 2), -10],
            [s * (side + 6), -60],
            [s * 40, -108],
            [6, -114],
          ],
          [
            [s * 6, -58],
            [s * 8, -76],
            [s * 8, -98],
            [6, -114],
          ],
        );
      }
    });
    gloss(context, look, side, -82);
  },
};

/** From temple to temple over the crown, and back along the hairline (given for the right half, from the temple inwards). */
function cap(
  side: number,
  top: number,
  line: readonly [Point, Point, Point],
  temple: number,
): (context: Context) => void {
  const [near, far, middle] = line;
  return (context) => {
    context.moveTo(-side, temple);
    context.bezierCurveTo(-side - 6, -72, -side * 0.72, -top, 0, -top);
    context.bezierCurveTo(side * 0.72, -top, side + 6, -72, side, temple);
    context.bezierCurveTo(near[0], near[1], far[0], far[1], middle[0], middle[1]);
    context.quadraticCurveTo(0, middle[1] - 6, -middle[0], middle[1]);
    context.bezierCurveTo(-far[0], far[1], -near[0], near[1], -side, temple);
  };
}

function filledCap(context: Context, shape: (context: Context) => void, look: Look): void {
  context.fillStyle = verticalGradient(context, -118, 0, shade(look.hair, 0.12), look.hair, shade(look.hair, -0.25));
  context.beginPath();
  shape(context);
  context.fill();
}

function band(context: Context, outer: Curve, inner: Curve, fill: ReturnType<typeof verticalGradient>): void {
  context.fillStyle = fill;
  context.beginPath();
  context.moveTo(...outer[0]);
  context.bezierCurveTo(...outer[1], ...outer[2], ...outer[3]);
  context.lineTo(...inner[3]);
  context.bezierCurveTo(...inner[2], ...inner[1], ...inner[0]);
  context.fill();
}

/** Single hairs between two curves, each a little lighter or darker than the rest. */
function strands(context: Context, look: Look, random: Random, count: number, from: Curve, to: Curve): void {
  context.lineCap = 'round';
  for (let i = 0; i < count; i++) {
    const ratio = random.next();
    const point = (k: 0 | 1 | 2 | 3): Point => [
      from[k][0] + (to[k][0] - from[k][0]) * ratio + between(random, -1.5, 1.5),
      from[k][1] + (to[k][1] - from[k][1]) * ratio + between(random, -1.5, 1.5),
    ];
    const tone = between(random, -0.42, 0.34);
    context.strokeStyle = alpha(shade(look.hair, tone), tone > 0.2 ? 0.35 : 0.5);
    context.lineWidth = between(random, 0.7, 2.4);
    context.beginPath();
    context.moveTo(...point(0));
    context.bezierCurveTo(...point(1), ...point(2), ...point(3));
    context.stroke();
  }
}

function curls(
  context: Context,
  look: Look,
  random: Random,
  count: number,
  size: number,
  place: (turn: number) => Point,
  arc: number,
): void {
  for (let i = 0; i < count; i++) {
    const [x, y] = place(between(random, -arc, arc));
    const radius = size * between(random, 0.6, 1.25);
    const tone = between(random, -0.38, 0.1);
    context.fillStyle = alpha(shade(look.hair, tone), 0.92);
    oval(context, x, y, radius, radius * between(random, 0.7, 1), random.next() * 3);
    context.strokeStyle = alpha(shade(look.hair, tone + 0.24), 0.5);
    context.lineWidth = 1.3;
    context.beginPath();
    context.arc(x, y, radius * 0.7, between(random, 3, 4.2), between(random, 4.6, 6));
    context.stroke();
  }
}

function fringeStrand(context: Context, look: Look, random: Random, side: number): void {
  const x = between(random, -side + 4, side - 4);
  context.strokeStyle = alpha(shade(look.hair, between(random, -0.3, 0.34)), 0.5);
  context.lineWidth = between(random, 0.8, 2.2);
  context.beginPath();
  context.moveTo(x * 0.5, -112);
  context.quadraticCurveTo(x * 0.95, -92, x, between(random, -36, -27));
  context.stroke();
}

function softHairline(context: Context, look: Look, random: Random, half: number, y: number): void {
  for (let i = 0; i < 120; i++) {
    context.fillStyle = alpha(look.hair, between(random, 0.1, 0.4));
    oval(context, between(random, -half - 20, half + 20), y + between(random, -3, 4), 1.3, 1.3);
  }
}

function tuft(context: Context, look: Look, random: Random, half: number, y: number, height: number): void {
  for (let i = 0; i < 90; i++) {
    const x = between(random, -half - 12, half + 8);
    context.strokeStyle = alpha(shade(look.hair, between(random, -0.25, 0.35)), 0.75);
    context.lineWidth = between(random, 1, 2.6);
    context.beginPath();
    context.moveTo(x, y + between(random, -2, 5));
    context.quadraticCurveTo(x + 4, y - height, x + between(random, 8, 24), y - height - between(random, 8, 24));
    context.stroke();
  }
}

function gloss(context: Context, look: Look, side: number, y: number): void {
  spot(context, look.light * side * 0.45, y, side * 0.5, 16, '#ffe6c8', 0.26);
}
