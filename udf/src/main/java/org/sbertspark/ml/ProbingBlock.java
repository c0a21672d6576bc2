package org.sbertspark.ml;

import java.io.Serializable;
import org.sbertspark.similarity.VectorBlock;

/**
 * Rows of one list, or of a part of a large one.
 *
 * @param list that they belong to
 * @param probes of each row: the lists that it is compared with
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ProbingBlock(VectorBlock block, int list, int[][] probes) implements Serializable {}
