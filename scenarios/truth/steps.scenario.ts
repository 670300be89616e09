import { aRealConference, scenario } from '@plugfest/scenario';
import { CAST } from './cast.ts';

export default scenario({
  title: 'Truth in the chain, step by step',
  story: 'Long enough for `npm run truth` to make a delay come and go within one call, in fifteen steps.',
  participants: CAST,
  // Not the cameras’ 15: so pictures meet the bridge’s ticks at every distance within a second, and not at one that is chance for the whole call.
  conference: { frameRate: 16 },
  async steps({ everyone, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await measure({ seconds: 33 });
    await everyone.hangsUp();
  },
  expects: aRealConference({ frameRate: 12 }),
});
