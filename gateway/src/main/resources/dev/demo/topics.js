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

/** The same number from 0 to 5 for all topics that begin with the same word: which colour they get. */
export function hue(topic) {
  const family = topic.split('.', 1)[0];
  let hash = 7;
  for (let i = 0; i < family.length; i++) {
    hash = (hash * 31 + family.charCodeAt(i)) >>> 0;
  }
  return hash % 6;
}
