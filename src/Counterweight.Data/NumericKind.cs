namespace Counterweight.Data;

/// <summary>What the numbers of a <see cref="NumericColumn"/> are, so that a writer can put them back as they came.</summary>
public enum NumericKind
{
    /// <summary>Any numbers.</summary>
    Real,

    /// <summary>Whole numbers only.</summary>
    WholeNumber,

    /// <summary>Calendar dates, as days since 1970-01-01.</summary>
    Date,

    /// <summary>Dates with a time, as days (with a fraction) since 1970-01-01T00:00; a time zone is converted to UTC.</summary>
    Timestamp,
}
