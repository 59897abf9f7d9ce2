/** Topics and patterns, as far as a page needs them: the gateway decides what is valid. */

/** Whether a pattern (`*` is one word, `#` zero or more) matches a topic. */
export function matches(pattern, topic) {
  return matchWords(pattern.split('.'), topic.split('.'));
}

function matchWords(pattern, topic) {
  const hash = pattern.indexOf('#');
  if (hash < 0) {
    return pattern.length === topic.length && pattern.every((word, i) => word === '*' || word === topic[i]);
  }
  const tail = pattern.length - hash - 1;
  return topic.length >= hash + tail
    && matchWords(pattern.slice(0, hash), topic.slice(0, hash))
    && (tail === 0 || matchWords(pattern.slice(hash + 1), topic.slice(-tail)));
}

const HUES = 6;
const FNV_PRIME = 16_777_619;
const SEED = 658; // any will do; with this one the sample topics all differ

/** The same number from 0 to 5 for all topics that begin with the same word: which colour they get. */
export function hue(topic) {
  let hash = SEED;
  for (const letter of topic.split('.', 1)[0]) {
    hash = Math.imul(hash ^ letter.codePointAt(0), FNV_PRIME);
  }
  return (hash >>> 8) % HUES;
}
