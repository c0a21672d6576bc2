package org.sbertspark.ml;

/**
 * How good an approximate join was, and what it saved.
 *
 * @param lists into which the rows were dealt
 * @param probes lists that each row was compared with
 * @param queries rows whose true neighbours were looked up
 * @param recall share of these rows' true neighbours that were found
 * @param exact pairs that an exact join would have compared
 */
public record Approximation(int lists, int probes, int queries, double recall, long exact) {}
