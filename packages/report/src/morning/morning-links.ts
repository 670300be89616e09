import { escapeMarkup } from '../escape.ts';

const NAME = String.raw`[\w+-][\w.+-]*`;
const DIRECTORY = new RegExp(`^${NAME}$`);
/** In the directory of the matrix run, or beside it. */
const REPORT = new RegExp(String.raw`^(?:\.\./)?(?:${NAME}/)*${NAME}$`);

/** A link to a report of a matrix run, from a page in another one's directory; only the text where it would lead out of the reports. */
export function linkTo(directory: string | undefined, report: string, text: string): string {
  const said = escapeMarkup(text);
  const isInside = directory !== undefined && DIRECTORY.test(directory) && REPORT.test(report);
  return isInside ? `<a href="../${directory}/${report}">${said}</a>` : said;
}
