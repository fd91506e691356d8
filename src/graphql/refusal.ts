import { GraphQLError } from "graphql";
import { type InputProblem, shortened } from "../errors.ts";

/** A sentence of graphql-js may quote the whole value, which a client may have made of megabytes. */
const LONGEST_SENTENCE = 300;

/** graphql-js' sentence for a value in a variable: the variable, the value, the path below it, and what is wrong. */
const IN_VARIABLE = /^Variable "\$([^"]+)" got invalid value .*?(?: at "([^"]+)")?; (.*)$/s;

/** What graphql-js says when it has listed 50 mistakes in the variables, and there are more. */
const TOO_MANY = /^Too many errors processing variables/;

/** Whether an error says that there are more mistakes in the variables than were listed. */
export function isListCut(error: GraphQLError): boolean {
  return TOO_MANY.test(error.message);
}

/** The problem in a variable that an error tells of, worded as our own checks word theirs; undefined if it is none. */
export function problemInVariable({ message, originalError }: GraphQLError): InputProblem | undefined {
  const [, variable, path, sentence] = IN_VARIABLE.exec(message) ?? [];
  if (variable === undefined || sentence === undefined) return undefined;
  const isOurs = originalError instanceof GraphQLError && originalError.extensions.code === "BAD_USER_INPUT";
  return {
    path: shortened(path ?? variable, LONGEST_SENTENCE),
    message: isOurs ? originalError.message : plainSentence(sentence),
  };
}

/** A sentence of graphql-js without a long value, and without our name for a number that is kept as text. */
export function plainSentence(sentence: string): string {
  return shortened(sentence.replaceAll(/\{ rawJSON: "([^"]*)" \}/g, "$1"), LONGEST_SENTENCE);
}
