package org.sbertspark.ml;

/** What becomes of a row whose text is null. */
enum HandleInvalid implements NamedChoice {
  /** It stays, and its vector is null. */
  KEEP,
  /** It is dropped, and counted. */
  SKIP,
  /** It fails the job. */
  ERROR
}
