"""A title of a test case in English; the shipped ones get theirs when content is loaded."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0012_steps_of_every_part'),
    ]

    operations = [
        migrations.AddField(
            model_name='protocolcase',
            name='title_en',
            field=models.CharField(blank=True, help_text='Empty: the title above stands in both languages.', max_length=120, verbose_name='title in English'),
        ),
    ]
