package org.sbertspark.ml;

import java.io.Serializable;

/**
 * How the rows of a partition are embedded; the encoder's own options are not part of it.
 *
 * @param column the text column's name, for messages
 * @param textIndex its position in the row
 * @param windowRows rows that are read ahead and encoded together, at most
 */
record EmbeddingPlan(
    String column,
    int textIndex,
    OutputType outputType,
    HandleInvalid handleInvalid,
    int windowRows)
    implements Serializable {}
