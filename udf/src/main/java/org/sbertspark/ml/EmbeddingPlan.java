package org.sbertspark.ml;

import java.io.Serializable;

/**
 * How the rows of a partition are embedded; the encoder's own options are not part of it.
 *
 * @param column the text column's name, for messages
 * @param textIndex its position in the row
 * @param rowsIndex the position of the column that says how many rows of the input a row stands
 *     for, in all counts; {@link #ONE_ROW} if each is one
 * @param windowRows rows that are read ahead and encoded together, at most
 * @param withOutcome whether a {@link RowOutcome} follows the vector
 * @param maxFailures texts of the partition that may make the engine fail
 */
record EmbeddingPlan(
    String column,
    int textIndex,
    int rowsIndex,
    OutputType outputType,
    HandleInvalid handleInvalid,
    int windowRows,
    boolean withOutcome,
    int maxFailures)
    implements Serializable {

  static final int ONE_ROW = -1;
}
