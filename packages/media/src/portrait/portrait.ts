import { type Random, seededRandom } from '@plugfest/model';
import { BODY, drawBody } from './body.ts';
import { drawEyes, drawMouth, MOUTH } from './face.ts';
import { drawHand } from './hand.ts';
import { drawHead, HEAD, type HeadLayers } from './head.ts';
import { type Look, lookOf } from './look.ts';
import { makeMotion, type Pose } from './motion.ts';
import { type Context, grain, layer, spot } from './paint.ts';
import { drawRoom } from './room.ts';

/** Layers are drawn larger than they are shown, so that turning them does not blur. */
const OVERSAMPLING = 1.6;
/** Pixels of a head unit, as a part of the picture's height: the head takes half of it. */
const UNIT = 0.00262;
/** The middle of the face, as a part of the picture's height, clear of the code strip. */
const FACE_Y = 0.472;
const NECK_Y = 124;

/** A person in a room, as a camera sees them: any moment of a loop, with the mouth opened as far as told. */
export class Portrait {
  readonly width: number;
  readonly height: number;
  readonly #look: Look;
  readonly #room: Context;
  readonly #head: HeadLayers;
  readonly #body: Context;
  readonly #hand: Context;
  readonly #grain: Context;
  readonly #motion: (phase: number) => Pose;
  readonly #unit: number;
  readonly #centreX: number;
  readonly #layerScale: number;

  constructor(seed: number, width: number, height: number) {
    const random: Random = seededRandom(seed * 7919 + 17);
    this.width = width;
    this.height = height;
    this.#look = lookOf(seed);
    this.#unit = UNIT * height;
    this.#layerScale = this.#unit * OVERSAMPLING;
    this.#centreX = width * (0.5 + 0.03 * (random.next() - 0.5));
    this.#room = drawRoom(this.#look, width, height, random.fork('room'));
    this.#head = drawHead(this.#look, this.#layerScale, random.fork('head'));
    this.#body = drawBody(this.#look, this.#layerScale);
    this.#hand = this.#drawHandLayer();
    this.#grain = grain(width, height, random.fork('grain'), 0.034);
    this.#motion = makeMotion(random.fork('motion'));
  }

  /** The picture at that phase (0..1) of the loop, without a mouth. */
  draw(phase: number): Context {
    const context = layer(this.width, this.height);
    const pose = this.#motion(phase);
    context.drawImage(this.#room.canvas, 0, 0);
    this.#shadow(context, pose);
    context.imageSmoothingQuality = 'high';
    this.#inHead(context, pose, () => this.#place(context, this.#head.back, HEAD));
    this.#drawBody(context, pose);
    this.#inHead(context, pose, () => this.#drawFace(context, pose));
    this.#drawHand(context, pose);
    return context;
  }

  /** Opens the mouth (0..1) in a context that shows the picture of that phase, moved by `-offset`. */
  drawMouth(context: Context, phase: number, open: number, offsetX = 0, offsetY = 0): void {
    const pose = this.#motion(phase);
    context.save();
    context.translate(-offsetX, -offsetY);
    this.#inHead(context, pose, () => {
      context.translate(pose.turn * 4.5, 0);
      context.scale(1 - 0.05 * Math.abs(pose.turn), 1);
      drawMouth(context, this.#look, open);
    });
    // The hand and the grain lie over everything.
    this.#drawHand(context, pose);
    context.drawImage(this.#grain.canvas, 0, 0);
    context.restore();
  }

  /** The pixels that `drawMouth` may change: even, inside the picture. */
  mouthRect(phase: number): { x: number; y: number; width: number; height: number } {
    const pose = this.#motion(phase);
    const x = this.#headX(pose) + (MOUTH.x - MOUTH.y * pose.tilt + pose.turn * 4.5) * this.#unit;
    const y = this.#headY(pose) + MOUTH.y * this.#unit;
    const [width, height] = [evenUp(2 * MOUTH.reachX * this.#unit), evenUp(2 * MOUTH.reachY * this.#unit)];
    return { x: Math.round((x - width / 2) / 2) * 2, y: Math.round((y - height / 2) / 2) * 2, width, height };
  }

  #headX(pose: Pose): number {
    return this.#centreX + pose.headX * this.#unit;
  }

  #headY(pose: Pose): number {
    return FACE_Y * this.height + pose.headY * this.#unit;
  }

  #inHead(context: Context, pose: Pose, draw: () => void): void {
    context.save();
    context.translate(this.#headX(pose), this.#headY(pose));
    context.rotate(pose.tilt);
    context.scale(this.#unit, this.#unit);
    draw();
    context.restore();
  }

  #drawFace(context: Context, pose: Pose): void {
    this.#place(context, this.#head.base, HEAD);
    context.save();
    // What stands out of the face moves further than the skull when the head turns.
    context.translate(pose.turn * 5, 0);
    context.scale(1 - 0.05 * Math.abs(pose.turn), 1);
    this.#place(context, this.#head.features, HEAD);
    drawEyes(context, this.#look, pose);
    context.restore();
    context.save();
    context.translate(pose.turn * 1.2, 0);
    this.#place(context, this.#head.front, HEAD);
    context.translate(pose.turn * (this.#look.glasses ? 3.5 : 0), 0);
    this.#place(context, this.#head.accessories, HEAD);
    context.restore();
  }

  #drawBody(context: Context, pose: Pose): void {
    context.save();
    context.translate(this.#centreX + pose.bodyX * this.#unit, FACE_Y * this.height + NECK_Y * this.#unit);
    context.scale(this.#unit, this.#unit * (1 + pose.breath));
    this.#place(context, this.#body, BODY);
    context.restore();
  }

  #drawHand(context: Context, pose: Pose): void {
    if (pose.hand <= 0) return;
    context.save();
    const side = this.#look.light;
    context.translate(this.#centreX + side * 128 * this.#unit, this.height * (1.22 - 0.3 * pose.hand));
    context.rotate(side * 0.22 + pose.handTurn);
    context.scale(this.#unit * side, this.#unit);
    this.#place(context, this.#hand, HEAD);
    context.restore();
  }

  #shadow(context: Context, pose: Pose): void {
    const x = this.#headX(pose) - this.#look.light * this.height * 0.07;
    spot(context, x, this.#headY(pose) + this.height * 0.06, this.height * 0.36, this.height * 0.42, '#000000', 0.32);
  }

  #place(context: Context, source: Context, { width, height, originX, originY }: typeof HEAD | typeof BODY): void {
    context.drawImage(source.canvas, -originX, -originY, width, height);
  }

  #drawHandLayer(): Context {
    const context = layer(HEAD.width * this.#layerScale, HEAD.height * this.#layerScale);
    context.scale(this.#layerScale, this.#layerScale);
    context.translate(HEAD.originX, HEAD.originY);
    drawHand(context, this.#look);
    return context;
  }
}

function evenUp(value: number): number {
  return Math.ceil(value / 2) * 2;
}
