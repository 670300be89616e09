/** The page's looks, for light and dark. */
export const MORNING_STYLE = `
:root{color-scheme:light dark;--line:#8883;--soft:#8881;--pass:#1a8a4a;--fail:#c62f2f;--flaky:#a86f00;--error:#8a3fb0;--unjudged:#777}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;max-width:82rem;margin:2rem auto;padding:0 1.5rem}
h1{font-size:1.35rem;line-height:1.35;margin:0 0 .75rem;padding:.9rem 1.1rem;border-radius:.6rem;border-left:.45rem solid var(--pass);background:var(--soft);overflow-wrap:anywhere}
h1.shut{border-color:var(--fail)}h1 small{display:block;font-weight:400;font-size:.95rem;opacity:.85;margin-top:.25rem}
h2{font-size:1.1rem;margin:2.2rem 0 .6rem}.eyebrow{opacity:.75;margin:.2rem 0 1.2rem}.suspect{font-weight:600}
table{border-collapse:collapse;margin:.4rem 0 1rem}th,td{padding:.35rem .6rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{font-weight:600;font-size:.87rem;white-space:nowrap}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.kind,.state{font-weight:650;white-space:nowrap}.pass{color:var(--pass)}.fail{color:var(--fail)}.flaky{color:var(--flaky)}.error{color:var(--error)}.unjudged{color:var(--unjudged)}
.heat td{border:2px solid Canvas;min-width:4.2rem;text-align:center;font-variant-numeric:tabular-nums;padding:.45rem .4rem}.heat td a{color:#fff;text-decoration:none;display:block}
.heat td.pass{background:var(--pass)}.heat td.fail{background:var(--fail)}.heat td.flaky{background:var(--flaky)}.heat td.error{background:var(--error)}.heat td.unjudged{background:var(--unjudged)}
.heat th{border:0;white-space:nowrap}details{border-bottom:1px solid var(--line);padding:.25rem 0}summary{cursor:pointer}
details:target{background:var(--soft)}.strip i{display:inline-block;width:.55rem;height:.95rem;margin-right:1px;border-radius:2px;background:var(--line);vertical-align:middle}
.strip i.pass{background:var(--pass)}.strip i.fail{background:var(--fail)}.strip i.flaky{background:var(--flaky)}.strip i.error{background:var(--error)}.strip i.unjudged{background:var(--unjudged);opacity:.4}
svg.spark{vertical-align:middle;margin-right:.3rem}.why{opacity:.85;min-width:16rem}.since{min-width:25rem}.scroll{overflow-x:auto}ul{margin:.3rem 0;padding-left:1.2rem}a{color:inherit}
.cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:1rem 0}.cards div{background:var(--soft);border-radius:.5rem;padding:.55rem .9rem;max-width:24rem}.cards b{display:block;font-size:.82rem;opacity:.7}
`;
