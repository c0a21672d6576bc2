/**
 * What a model folder says: its configuration, weights and tokenizer, read and checked.
 *
 * <p>Knows neither Spark nor the engine. Everything read here is untrusted: sizes are checked
 * against the file before anything is allocated, and what is wrong is a {@link
 * org.sbertspark.model.ModelException} of one line.
 */
package org.sbertspark.model;
