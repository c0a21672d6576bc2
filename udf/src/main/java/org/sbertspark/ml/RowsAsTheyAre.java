package org.sbertspark.ml;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.GetColumnByOrdinal;
import org.apache.spark.sql.catalyst.encoders.ExpressionEncoder;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.KnownNullable;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag$;

/**
 * Rows for typed operations in the form that Spark computes with, so that columns nobody looks at
 * cost a copy of their bytes. {@code Encoders.row} makes Java objects of all columns and binary of
 * them again, which for a wide row takes longer than a small model takes for its text.
 */
final class RowsAsTheyAre {
  private RowsAsTheyAre() {}

  /**
   * An encoder of whole rows of this schema. What a typed operation gets is valid until the next
   * row is asked for (copy it to keep it), and is binary wherever Spark generates code.
   *
   * @param schema its names differ from one another
   */
  static Encoder<InternalRow> encoder(StructType schema) {
    // To Spark, the object between the columns and the function is a struct like any other.
    Expression struct = new BoundReference(0, schema, false);
    List<Expression> read = new ArrayList<>();
    List<Expression> written = new ArrayList<>();
    StructField[] fields = schema.fields();
    for (int i = 0; i < fields.length; i++) {
      Expression name = Literal$.MODULE$.apply(fields[i].name());
      read.add(name);
      // Spark asks for the struct's type before it has resolved the column and knows.
      read.add(new KnownNullable(new GetColumnByOrdinal(i, fields[i].dataType())));
      written.add(name);
      written.add(new GetStructField(struct, i, Option.apply(fields[i].name())));
    }
    return new ExpressionEncoder<>(
        new CreateNamedStruct(seq(written)),
        new CreateNamedStruct(seq(read)),
        ClassTag$.MODULE$.apply(InternalRow.class));
  }

  private static Seq<Expression> seq(List<Expression> expressions) {
    return JavaConverters.asScalaBuffer(expressions).toSeq();
  }
}
