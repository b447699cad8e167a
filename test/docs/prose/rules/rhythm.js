// Sentences and paragraphs that a reader takes in at once: a median below 16 words, no sentence over 35, no paragraph over 90.

const limits = { median: 16, sentence: 35, paragraph: 90 };

/** How many words a reader reads: code and a link count as their text. */
function wordsOf(markdown) {
  const text = markdown
    .replace(/`[^`]*`/g, "code")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/<[^>]+>/g, " ");
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

function medianOf(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

module.exports = (context) => {
  const { Syntax, RuleError, report, getSource } = context;
  const lengths = [];
  const splitting = import("sentence-splitter");
  const paragraphs = [];
  return {
    [Syntax.Paragraph](node) {
      paragraphs.push(node);
    },
    async [Syntax.DocumentExit](document) {
      const { splitAST } = await splitting;
      for (const node of paragraphs) look(node, splitAST);
      const median = medianOf(lengths);
      if (lengths.length >= 8 && median >= limits.median) {
        report(document, new RuleError(`The median sentence has ${median} words: write shorter ones, it must be below ${limits.median}.`));
      }
    },
  };

  /** Reports a paragraph and its sentences that are too long. */
  function look(node, splitAST) {
    const whole = wordsOf(getSource(node));
    if (whole > limits.paragraph) report(node, new RuleError(`The paragraph has ${whole} words: divide it, at most ${limits.paragraph} are allowed.`));
    for (const sentence of splitAST(node).children.filter(({ type }) => type === "Sentence")) {
      const words = wordsOf(sentence.raw);
      if (words === 0) continue;
      lengths.push(words);
      if (words > limits.sentence) {
        report(node, new RuleError(`A sentence has ${words} words: divide it, at most ${limits.sentence} are allowed: "${sentence.raw.slice(0, 60)} …"`));
      }
    }
  }
};
