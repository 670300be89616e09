import { aRealConference, scenario } from '@plugfest/scenario';
import { CAST } from './cast.ts';

export default scenario({
  title: 'Truth in the chain',
  story: '`npm run truth` injects known damage here and holds what is measured against it.',
  participants: CAST,
  async steps({ everyone, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await measure({ seconds: 8 });
    await everyone.hangsUp();
  },
  expects: aRealConference({ frameRate: 12 }),
});
