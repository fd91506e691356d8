import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { databaseFault } from "../database/faults.ts";
import { BadUserInput, DomainError, type ErrorCode, type ProblemText } from "../lib/errors.ts";
import { recordErrorCode, recordServerError } from "../telemetry/current-request.ts";

/** Sends the response to an error. A server error is logged in full and answered without detail. */
export function handleError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (isServerError(error)) recordServerError(request.log, error);
  return sendError(request, reply, errorResponse(error));
}

/** Sends the response to a request for an unknown URL. */
export function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const detail = `${request.method} ${request.url} was not found.`;
  return sendError(request, reply, { status: 404, code: "NOT_FOUND", detail });
}

/** The statuses of Node.js errors for bytes that are not a valid request; 400 for all others. */
const STATUSES: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** Answers bytes that are not a valid HTTP request, for which there is only the socket, and closes the connection. */
export function handleClientError(error: Error & { readonly code: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUSES[error.code] ?? 400;
  const body = JSON.stringify(errorBody("BAD_REQUEST", `${STATUS_CODES[status]}.`));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  // A malicious client would keep its side of the connection open.
  socket.destroySoon();
}

/** The prefix of the REST routes. */
export const API_PREFIX = "/api/v1";

/** Whether a request is for a REST route, whose errors are problem documents. */
export function isRestRequest({ url }: FastifyRequest): boolean {
  return url.startsWith(API_PREFIX) && /^(?:$|[/?])/.test(url.slice(API_PREFIX.length));
}

/** Sends an error in the format of GraphQL, or for REST as a problem document (RFC 9457). */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  response: ErrorResponse,
): FastifyReply {
  const { status, code, detail, retryAfter } = response;
  reply.code(status);
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  // The rest of a rejected body may still arrive, and is not read.
  if (status === 413) reply.header("connection", "close");
  if (!isRestRequest(request)) return reply.send(errorBody(code, detail));
  recordErrorCode(code);
  // An error in place of an export must not be saved as a file.
  return reply
    .removeHeader("content-disposition")
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemBody(response)));
}

/** An error as the client receives it. */
export interface ErrorResponse {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly problems?: readonly ProblemText[];
  /** The seconds after which the client should try again. */
  readonly retryAfter?: number | undefined;
}

/** Most database faults end earlier: the service recovers within 3 s. Most running requests end in milliseconds. */
export const RETRY_AFTER_S = 1;

/** A large store takes seconds. By then the preferred uploads have arrived, or have been dropped. */
export const UPLOAD_RETRY_AFTER_S = 5;

/** The HTTP status of each domain error. */
const DOMAIN_STATUSES: Readonly<Record<ErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CURRENCY_MISMATCH: 422,
  IDEMPOTENCY_CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  QUERY_TOO_COMPLEX: 400,
  SERVICE_UNAVAILABLE: 503,
};

/** The codes of errors before routing, by HTTP status. */
const CODES: Readonly<Record<number, string>> = {
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
};

/** The response to an error; for a server error without detail. */
function errorResponse(error: FastifyError | Error): ErrorResponse {
  if (error instanceof DomainError) {
    const status = DOMAIN_STATUSES[error.code];
    return {
      status,
      code: error.code,
      detail: error.message,
      ...(error instanceof BadUserInput && { problems: error.problems }),
      ...(status === 503 && { retryAfter: RETRY_AFTER_S }),
    };
  }
  if (error instanceof HttpError) {
    const { statusCode, code, message, retryAfter } = error;
    return { status: statusCode, code, detail: message, retryAfter };
  }
  const advice = databaseFault(error);
  if (advice !== undefined) {
    return { status: 503, code: "SERVICE_UNAVAILABLE", detail: advice, retryAfter: RETRY_AFTER_S };
  }
  const status = "statusCode" in error ? (error.statusCode ?? 500) : 500;
  if (status >= 500) {
    const detail = "The server failed to process the request; its log contains the cause.";
    return { status, code: "INTERNAL_SERVER_ERROR", detail };
  }
  const code = CODES[status] ?? "BAD_REQUEST";
  return { status, code, detail: error.message };
}

/** Whether an error is one of the server or its database, which is logged. */
function isServerError(error: FastifyError | Error): boolean {
  return !(error instanceof DomainError || error instanceof HttpError) && errorResponse(error).status >= 500;
}

/** The body of an error before GraphQL execution, in the format of GraphQL. Its code is recorded for the log. */
function errorBody(code: string, message: string) {
  recordErrorCode(code);
  return { errors: [{ message, extensions: { code } }] };
}

/** An HTTP error before GraphQL or a REST route handles the request. */
export class HttpError extends Error {
  readonly statusCode: 400 | 406 | 408 | 413 | 415 | 421 | 429 | 503;
  readonly code: string;
  /** The seconds after which the client should try again. */
  readonly retryAfter: number | undefined;

  constructor(statusCode: HttpError["statusCode"], code: string, message: string, retryAfter?: number) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** The media type of an error response (RFC 9457). */
export const PROBLEM_TYPE = "application/problem+json";

/** The body of an error response (RFC 9457); `code` is for programs, as in GraphQL. */
function problemBody({ status, code, detail, problems }: ErrorResponse) {
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail,
    code,
    ...(problems && { problems }),
  };
}
