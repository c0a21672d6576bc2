package org.sbertspark.ml;

/**
 * What a join has worked on.
 *
 * @param left vectors of the left table
 * @param right vectors of the right table; in a self-join the same
 * @param scored pairs of vectors that were compared; in an exact self-join each unordered pair
 *     once; in an approximate one all comparisons that were made, with centres included
 * @param pairs that were found, in a self-join those of both rows
 * @param full rows that have as many neighbours as they may: without {@code k} there may be more
 *     within the threshold
 */
public record JoinCounts(
    VectorCounts left, VectorCounts right, long scored, long pairs, long full) {}
